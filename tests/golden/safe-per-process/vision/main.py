import logging

from fastapi import FastAPI, Request

from vision.resources import REQUESTS, client_for, http_client, model, pattern

app = FastAPI()
log = logging.getLogger(__name__)
_warned = False


@app.middleware("http")
async def count(request: Request, call_next):
    REQUESTS.labels(request.url.path).inc()
    return await call_next(request)


@app.post("/embed")
async def embed(text: str):
    global _warned
    if len(text) > 1000 and not _warned:
        log.warning("texts are long")
        _warned = True
    return model().encode(text).tolist()


@app.get("/match")
async def match(expression: str, text: str, host: str):
    await http_client().get("https://example.org")
    await client_for(host).get("/")
    return {"matches": bool(pattern(expression).search(text))}


@app.get("/health")
async def health():
    return {"status": "ok"}
