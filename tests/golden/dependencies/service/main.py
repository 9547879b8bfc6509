from typing import Annotated

from dependency_injector.wiring import Provide, inject
from fastapi import Depends, FastAPI, Request

from service.containers import Container, Formatter, Reviews
from service.stores import Basket, Uploads, get_uploads, seen_once

app = FastAPI()
UploadsDep = Annotated[Uploads, Depends(get_uploads)]


@app.post("/uploads/{upload_id}")
async def upload(upload_id: str, request: Request, uploads: UploadsDep):
    uploads.append(upload_id, await request.body())
    return {"parts": len(uploads.parts[upload_id])}


@app.post("/price")
async def price(lines: list[str], basket: Annotated[Basket, Depends()]):
    for line in lines:
        basket.add(line)
    return basket.lines


@app.post("/orders")
async def order(repeated: Annotated[bool, Depends(seen_once)]):
    return {"repeated": repeated}


@app.post("/reviews/{product}")
@inject
async def review(
    product: str,
    text: str,
    reviews: Reviews = Depends(Provide[Container.reviews]),
    formatter: Formatter = Depends(Provide[Container.formatter]),
):
    formatter.add(text)
    reviews.add(product, text)
    return {"lines": formatter.lines}


@app.get("/health")
async def health():
    return {"status": "ok"}
