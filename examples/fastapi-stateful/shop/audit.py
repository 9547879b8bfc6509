import aiosqlite

SCHEMA = "CREATE TABLE IF NOT EXISTS audit (moment TEXT DEFAULT CURRENT_TIMESTAMP, action TEXT)"


async def record(action: str) -> None:
    async with aiosqlite.connect("audit.db") as database:
        await database.execute(SCHEMA)
        await database.execute("INSERT INTO audit (action) VALUES (?)", (action,))
        await database.commit()


async def latest(count: int = 50) -> list[str]:
    async with aiosqlite.connect("file:audit.db?mode=ro", uri=True) as database:
        rows = await database.execute_fetchall("SELECT moment || ' ' || action FROM audit ORDER BY rowid DESC LIMIT ?", (count,))
    return [row[0] for row in rows]
