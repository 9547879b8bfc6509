import asyncio
import json
import secrets
from collections import defaultdict
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, WebSocket
from fastapi.responses import FileResponse

from .. import audit, vouchers
from ..database import Database, Order, OrderLine, Product, User
from ..files import invoice_path, write_invoice
from ..jobs import mail_queue
from ..realtime import broadcast
from ..schemas import OrderOut, Status
from ..security import Configuration, current_user_id, require_admin, sign

router = APIRouter(prefix="/orders", tags=["orders"])

stock_locks: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

CurrentUser = Annotated[int, Depends(current_user_id)]


class OrderNumbers:
    last = 1000

    @classmethod
    def next(cls) -> int:
        cls.last += 1
        return cls.last


async def take_from_stock(database: Database, product_id: int, quantity: int) -> Product:
    async with stock_locks[product_id]:
        product = await database.get_one(Product, product_id, populate_existing=True)
        if product.stock < quantity:
            raise HTTPException(409, f"{product.name} is sold out")
        product.stock -= quantity
        await database.commit()
        return product


@router.post("", status_code=201)
async def place_order(request: Request, database: Database, settings: Configuration, user_id: CurrentUser, voucher: str = "") -> OrderOut:
    cart: dict[str, int] = request.session.get("cart", {})
    if not cart:
        raise HTTPException(400, "the cart is empty")
    user = await database.get_one(User, user_id)
    order = Order(number=OrderNumbers.next(), user_id=user_id, status="new", lines=[])
    for key, quantity in cart.items():
        product = await take_from_stock(database, int(key), quantity)
        price = product.price_cents * (100 - settings.discount_percent) // 100
        order.lines.append(OrderLine(product=product, quantity=quantity, price_cents=price))
    if voucher and (value := vouchers.redeem(voucher)):
        order.lines[0].price_cents = max(0, order.lines[0].price_cents - value)
    database.add(order)
    await database.commit()
    del request.session["cart"]
    mail_queue.put_nowait((user.email, f"Your order {order.number}"))
    return OrderOut.model_validate(order)


@router.put("/{order_id}/status", dependencies=[Depends(require_admin)])
async def change_status(order_id: int, form: Status, database: Database) -> OrderOut:
    order = await database.get_one(Order, order_id)
    order.status = form.status
    await database.commit()
    await broadcast.publish(f"order-{order.id}", json.dumps({"number": order.number, "status": order.status}))
    await audit.record(f"order {order.number} is {order.status}")
    return OrderOut.model_validate(order)


@router.websocket("/{order_id}/updates")
async def order_updates(websocket: WebSocket, order_id: int) -> None:
    await websocket.accept()
    async with broadcast.subscribe(f"order-{order_id}") as updates:
        async for update in updates:
            await websocket.send_text(update.message)


@router.post("/{order_id}/invoice", status_code=201)
async def create_invoice(order_id: int, database: Database, user_id: CurrentUser) -> dict[str, str]:
    order = await database.get_one(Order, order_id)
    if order.user_id != user_id:
        raise HTTPException(404)
    write_invoice(order)
    return {"url": f"/orders/{order.id}/invoice?signature={sign(str(order.id))}"}


@router.get("/{order_id}/invoice")
async def download_invoice(order_id: int, signature: str, database: Database) -> FileResponse:
    if not secrets.compare_digest(signature, sign(str(order_id))):
        raise HTTPException(403)
    path = invoice_path(await database.get_one(Order, order_id))
    if not path.exists():
        raise HTTPException(404)
    return FileResponse(path, media_type="text/plain")
