from fastapi import FastAPI

from common.prices import price_of

app = FastAPI()


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.get("/prices/{name}")
def price(name: str) -> int:
    return price_of(name)
