from contextlib import asynccontextmanager

from fastapi import FastAPI, Request

from fast_part.drafts import Drafts


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.drafts = Drafts()
    yield


app = FastAPI(lifespan=lifespan)


@app.put("/drafts/{draft_id}")
async def save(draft_id: str, request: Request):
    request.app.state.drafts.save(draft_id, await request.body())
    return {"saved": draft_id}


@app.get("/drafts/{draft_id}")
async def load(draft_id: str, request: Request):
    return request.app.state.drafts.load(draft_id)


@app.get("/health")
async def health():
    return {"status": "ok"}
