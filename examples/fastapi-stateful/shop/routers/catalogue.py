from fastapi import APIRouter, Depends, HTTPException, Request, UploadFile, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse
from sqlalchemy import select

from .. import audit
from ..caching import SearchCache, exchange_rates, product_cache
from ..database import Database, Product
from ..files import save_image
from ..realtime import manager
from ..schemas import ProductIn, ProductOut
from ..security import Configuration, require_admin

router = APIRouter(prefix="/products", tags=["catalogue"])


async def find(database: Database, product_id: int) -> Product:
    product = await database.get(Product, product_id)
    if product is None:
        raise HTTPException(404)
    return product


@router.get("")
async def list_products(database: Database) -> list[dict[str, object]]:
    products = await product_cache.get("all")
    if products is None:
        rows = await database.scalars(select(Product).order_by(Product.name))
        products = [ProductOut.model_validate(row).model_dump() for row in rows]
        await product_cache.set("all", products, ttl=300)
    return products


@router.get("/search")
async def search_products(q: str, database: Database) -> list[dict[str, object]]:
    query = q.strip().lower()
    if (known := SearchCache.get(query)) is not None:
        return known
    rows = await database.scalars(select(Product).where(Product.name.ilike(f"%{query}%")).order_by(Product.name))
    results = [ProductOut.model_validate(row).model_dump() for row in rows]
    SearchCache.put(query, results)
    return results


@router.get("/recent")
async def recently_viewed(request: Request) -> list[str]:
    return list(request.app.state.recently_viewed)


@router.get("/{product_id}")
async def show_product(product_id: int, request: Request, database: Database) -> ProductOut:
    product = await find(database, product_id)
    request.app.state.recently_viewed.appendleft(product.name)
    return ProductOut.model_validate(product)


@router.get("/price/{currency}")
def price_in(currency: str, cents: int) -> dict[str, float]:
    return {"price": cents / 100 * exchange_rates()[currency.upper()]}


@router.post("", status_code=201, dependencies=[Depends(require_admin)])
async def add_product(form: ProductIn, database: Database) -> ProductOut:
    product = Product(**form.model_dump())
    database.add(product)
    await database.commit()
    SearchCache.clear()
    await product_cache.delete("all")
    await audit.record(f"added {product.name}")
    await manager.send_to_all({"product": product.id, "stock": product.stock})
    return ProductOut.model_validate(product)


@router.post("/{product_id}/image", status_code=201, dependencies=[Depends(require_admin)])
async def upload_image(product_id: int, image: UploadFile, database: Database) -> dict[str, str]:
    product = await find(database, product_id)
    product.image = save_image(product_id, image)
    await database.commit()
    return {"image": product.image}


@router.get("/{product_id}/image")
async def show_image(product_id: int, database: Database, settings: Configuration) -> FileResponse:
    product = await find(database, product_id)
    if product.image is None:
        raise HTTPException(404)
    return FileResponse(settings.upload_dir / product.image)


@router.websocket("/stock")
async def stock_ticker(websocket: WebSocket) -> None:
    await manager.connect(websocket)
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect:
        manager.disconnect(websocket)
