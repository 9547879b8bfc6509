from fastapi import FastAPI

from relay.gateway.schemas import Target
from relay.hits import count


def create_app():
    app = FastAPI()

    @app.get("/healthz")
    def healthz():
        return {"status": "ok"}

    @app.post("/targets")
    def register(target: Target):
        return {"count": count(target.name)}

    return app
