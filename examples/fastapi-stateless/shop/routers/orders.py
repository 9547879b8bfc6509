import json
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, WebSocket
from sqlalchemy import delete

from ..database import AuditEntry, Database, Order, OrderLine, Product, User, Voucher, discount_percent
from ..files import download_url, save_invoice
from ..schemas import OrderOut, Status
from ..security import current_user_id, require_admin
from ..shared import broadcast

router = APIRouter(prefix="/orders", tags=["orders"])

CurrentUser = Annotated[int, Depends(current_user_id)]


async def take_from_stock(database: Database, product_id: int, quantity: int) -> Product:
    product = await database.get_one(Product, product_id, with_for_update=True)
    if product.stock < quantity:
        raise HTTPException(409, f"{product.name} is sold out")
    product.stock -= quantity
    return product


@router.post("", status_code=201)
async def place_order(request: Request, database: Database, user_id: CurrentUser, voucher: str = "") -> OrderOut:
    cart: dict[str, int] = request.session.get("cart", {})
    if not cart:
        raise HTTPException(400, "the cart is empty")
    user = await database.get_one(User, user_id)
    discount = await discount_percent(database)
    order = Order(user_id=user_id, status="new", lines=[])
    for product_id in sorted(int(key) for key in cart):
        quantity = cart[str(product_id)]
        product = await take_from_stock(database, product_id, quantity)
        price = product.price_cents * (100 - discount) // 100
        order.lines.append(OrderLine(product=product, quantity=quantity, price_cents=price))
    if value := await database.scalar(delete(Voucher).where(Voucher.code == voucher).returning(Voucher.cents)):
        order.lines[0].price_cents = max(0, order.lines[0].price_cents - value)
    database.add(order)
    await database.commit()
    del request.session["cart"]
    await request.app.state.queue.enqueue_job("send_mail", user.email, f"Your order {order.number}")
    return OrderOut.model_validate(order)


@router.put("/{order_id}/status", dependencies=[Depends(require_admin)])
async def change_status(order_id: int, form: Status, database: Database) -> OrderOut:
    order = await database.get_one(Order, order_id)
    order.status = form.status
    database.add(AuditEntry(action=f"order {order.number} is {order.status}"))
    await database.commit()
    await broadcast.publish(f"order-{order.id}", json.dumps({"number": order.number, "status": order.status}))
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
    return {"url": download_url(await save_invoice(order))}
