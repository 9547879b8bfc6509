from fastapi import FastAPI, Request

app = FastAPI()


class Collector:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@app.middleware("http")
async def collect(request: Request, call_next):
    request.state.collector = Collector()
    return await call_next(request)


@app.post("/check")
async def check(request: Request):
    request.state.collector.warn("short")
    own = Collector()
    own.warn("long")
    return {"warnings": request.state.collector.warnings + own.warnings}


@app.get("/health")
async def health():
    return {"status": "ok"}
