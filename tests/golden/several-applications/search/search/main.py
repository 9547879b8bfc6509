from fastapi import FastAPI

from search.store import STORE

app = FastAPI()


@app.get("/languages/{code}")
async def language(code: str):
    return STORE.get(code)


@app.get("/health")
async def health():
    return {"status": "ok"}
