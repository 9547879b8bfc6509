from fastapi import FastAPI

from relay.gateway.schemas import Target
from relay.hits import count

TARGETS = {}
app = FastAPI()


@app.put("/targets/{name}")
def put(name: str, target: Target):
    TARGETS[name] = target.address
    return {"count": count(name)}


@app.get("/targets/{name}")
def get(name: str):
    return {"address": TARGETS[name]}
