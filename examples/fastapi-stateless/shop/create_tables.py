"""Make the tables that are not there yet; a deployment runs this once, before the instances start."""

import asyncio

from .database import Base, engine


async def create_tables() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(create_tables())
