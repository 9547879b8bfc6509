from fastapi import APIRouter
from sqlalchemy import text

from ..database import Database

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers; restart it when this fails."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(database: Database) -> dict[str, str]:
    """The database answers; send no requests while this fails."""
    await database.execute(text("SELECT 1"))
    return {"status": "ok"}
