from fastapi import APIRouter, Depends, HTTPException, UploadFile, WebSocket
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from ..caching import exchange_rates
from ..database import AuditEntry, Database, Product
from ..files import download_url, save_image
from ..schemas import ProductIn, ProductOut
from ..security import require_admin
from ..shared import broadcast, cache, redis

router = APIRouter(prefix="/products", tags=["catalogue"])


@router.get("")
async def list_products(database: Database) -> list[dict[str, object]]:
    products = await cache.get("products")
    if products is None:
        rows = await database.scalars(select(Product).order_by(Product.name))
        products = [ProductOut.model_validate(row).model_dump() for row in rows]
        await cache.set("products", products, ttl=300)
    return products


@router.get("/search")
async def search_products(q: str, database: Database) -> list[dict[str, object]]:
    query = q.strip().lower()
    results = await cache.get(f"search:{query}")
    if results is None:
        rows = await database.scalars(select(Product).where(Product.name.ilike(f"%{query}%")).order_by(Product.name))
        results = [ProductOut.model_validate(row).model_dump() for row in rows]
        await cache.set(f"search:{query}", results, ttl=60)
    return results


@router.get("/recent")
async def recently_viewed() -> list[str]:
    return await redis.lrange("recently-viewed", 0, -1)


@router.get("/price/{currency}")
async def price_in(currency: str, cents: int) -> dict[str, float]:
    rates = await exchange_rates()
    return {"price": cents / 100 * rates[currency.upper()]}


@router.get("/{product_id}")
async def show_product(product_id: int, database: Database) -> ProductOut:
    product = await database.get_one(Product, product_id)
    async with redis.pipeline() as pipeline:
        await pipeline.lpush("recently-viewed", product.name).ltrim("recently-viewed", 0, 19).execute()
    return ProductOut.model_validate(product)


@router.post("", status_code=201, dependencies=[Depends(require_admin)])
async def add_product(form: ProductIn, database: Database) -> ProductOut:
    product = Product(**form.model_dump())
    database.add_all([product, AuditEntry(action=f"added {product.name}")])
    await database.commit()
    await cache.delete("products")
    await broadcast.publish("stock", f"{product.name}: {product.stock}")
    return ProductOut.model_validate(product)


@router.post("/{product_id}/image", status_code=201, dependencies=[Depends(require_admin)])
async def upload_image(product_id: int, image: UploadFile, database: Database) -> dict[str, str]:
    product = await database.get_one(Product, product_id)
    product.image_key = await save_image(product_id, image)
    await database.commit()
    return {"image": product.image_key}


@router.get("/{product_id}/image")
async def show_image(product_id: int, database: Database) -> RedirectResponse:
    product = await database.get_one(Product, product_id)
    if product.image_key is None:
        raise HTTPException(404)
    return RedirectResponse(download_url(product.image_key))


@router.websocket("/stock")
async def stock_ticker(websocket: WebSocket) -> None:
    await websocket.accept()
    async with broadcast.subscribe("stock") as updates:
        async for update in updates:
            await websocket.send_text(update.message)
