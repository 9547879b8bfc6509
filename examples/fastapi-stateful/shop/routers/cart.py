from fastapi import APIRouter, HTTPException, Request
from sqlalchemy import select

from ..database import Database, Product
from ..schemas import CartItem
from ..security import Configuration

router = APIRouter(prefix="/cart", tags=["cart"])


@router.get("")
async def show_cart(request: Request, database: Database, settings: Configuration) -> dict[str, object]:
    cart: dict[str, int] = request.session.get("cart", {})
    products = list(await database.scalars(select(Product).where(Product.id.in_([int(key) for key in cart]))))
    total = sum(product.price_cents * cart[str(product.id)] for product in products)
    return {
        "lines": [{"product": product.name, "quantity": cart[str(product.id)]} for product in products],
        "total_cents": total * (100 - settings.discount_percent) // 100,
    }


@router.post("/items", status_code=201)
async def add_item(item: CartItem, request: Request, database: Database) -> dict[str, int]:
    product = await database.get(Product, item.product_id)
    if product is None or product.stock < item.quantity:
        raise HTTPException(409, "not enough in stock")
    cart: dict[str, int] = request.session.get("cart", {})
    cart[str(product.id)] = cart.get(str(product.id), 0) + item.quantity
    request.session["cart"] = cart
    return cart
