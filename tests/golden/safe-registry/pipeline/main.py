import pipeline.steps  # noqa: F401 - registers the handlers
from fastapi import FastAPI, Request

from pipeline.registry import COUNTRIES, FORMATS, HANDLERS, PLUGINS

app = FastAPI()


@app.on_event("startup")
async def load_countries():
    COUNTRIES.update({"de": "Germany", "fr": "France"})


@app.post("/run/{name}")
async def run(name: str, request: Request):
    text = (await request.body()).decode()
    for plugin in PLUGINS:
        text = plugin().run(text)
    return {"text": HANDLERS[name](text), "mime": FORMATS["json"], "country": COUNTRIES.get("de")}


@app.get("/health")
async def health():
    return {"status": "ok"}
