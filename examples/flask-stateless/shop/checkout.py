from flask import Blueprint, Response, abort, g, jsonify, redirect, request, session
from flask.typing import ResponseReturnValue

from . import events, storage
from .accounts import admin_required, login_required
from .cart import discounted
from .extensions import db, mail_queue
from .invoices import invoice_csv
from .mail import send_confirmation
from .models import Order, OrderLine, Product, User

bp = Blueprint("checkout", __name__, url_prefix="/orders")


@bp.post("")
@login_required
def place_order() -> ResponseReturnValue:
    cart: dict[str, int] = session.get("cart", {})
    user = db.session.get_one(User, g.user_id)
    if not cart:
        abort(400, "the cart is empty")
    order = Order(email=user.email)
    for product_id in sorted(int(key) for key in cart):
        product = db.session.get_one(Product, product_id, with_for_update=True)
        quantity = cart[str(product_id)]
        if product.stock < quantity:
            abort(409, f"{product.name} is sold out")
        product.stock -= quantity
        order.lines.append(OrderLine(product=product, quantity=quantity, price_cents=discounted(product.price_cents)))
    db.session.add(order)
    db.session.commit()
    session.pop("cart")
    mail_queue.enqueue(send_confirmation, order.email, order.number)
    return jsonify(id=order.id, number=order.number, total_cents=order.total_cents), 201


@bp.post("/<int:order_id>/invoice")
@login_required
def create_invoice(order_id: int) -> ResponseReturnValue:
    order = db.get_or_404(Order, order_id)
    key = f"invoices/{order.number}.csv"
    storage.put(key, invoice_csv(order), "text/csv")
    return jsonify(key=key), 201


@bp.get("/<int:order_id>/invoice")
@login_required
def download_invoice(order_id: int) -> ResponseReturnValue:
    order = db.get_or_404(Order, order_id)
    return redirect(storage.download_url(f"invoices/{order.number}.csv"))


@bp.put("/<int:order_id>/status")
@admin_required
def change_status(order_id: int) -> ResponseReturnValue:
    order = db.get_or_404(Order, order_id)
    order.status = request.get_json()["status"]
    db.session.commit()
    update: dict[str, object] = {"order": order.number, "status": order.status}
    events.publish(update)
    return jsonify(update)


@bp.get("/events")
def order_events() -> ResponseReturnValue:
    return Response(events.listen(), mimetype="text/event-stream")
