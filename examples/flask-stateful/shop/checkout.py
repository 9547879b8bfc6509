import itertools
import json
import smtplib
import threading
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

from flask import Blueprint, Response, abort, current_app, g, jsonify, request, send_file, session
from flask.typing import ResponseReturnValue
from flask_socketio import join_room

from .accounts import admin_required, login_required
from .cart import discounted
from .extensions import db, order_feed, reservations, socketio
from .invoices import write_invoice
from .models import Order, OrderLine, Product, User

bp = Blueprint("checkout", __name__, url_prefix="/orders")

order_numbers = itertools.count(1001)
stock_lock = threading.Lock()
mail_pool = ThreadPoolExecutor(max_workers=2)


def send_confirmation(recipient: str, number: int) -> None:
    message = EmailMessage()
    message["From"] = "shop@example.com"
    message["To"] = recipient
    message["Subject"] = f"Your order {number}"
    message.set_content("Thank you. We will send it soon.")
    with smtplib.SMTP("mail", timeout=10) as smtp:
        smtp.send_message(message)


@bp.post("")
@login_required
def place_order() -> ResponseReturnValue:
    cart: dict[str, int] = session.get("cart", {})
    user = db.session.get_one(User, g.user_id)
    if not cart:
        abort(400, "the cart is empty")
    order = Order(number=next(order_numbers), email=user.email)
    with stock_lock:
        for key, quantity in cart.items():
            product = db.session.get_one(Product, int(key))
            if product.stock < quantity:
                abort(409, f"{product.name} is sold out")
            product.stock -= quantity
            order.lines.append(OrderLine(product=product, quantity=quantity, price_cents=discounted(product.price_cents)))
        db.session.add(order)
        db.session.commit()
    for key, quantity in cart.items():
        reservations.release(int(key), quantity)
    session.pop("cart")
    mail_pool.submit(send_confirmation, order.email, order.number)
    return jsonify(id=order.id, number=order.number, total_cents=order.total_cents), 201


@bp.post("/<int:order_id>/invoice")
@login_required
def create_invoice(order_id: int) -> ResponseReturnValue:
    path = write_invoice(db.get_or_404(Order, order_id), current_app.config["INVOICE_FOLDER"])
    return jsonify(file=path.name), 201


@bp.get("/<int:order_id>/invoice")
@login_required
def download_invoice(order_id: int) -> ResponseReturnValue:
    order = db.get_or_404(Order, order_id)
    path = current_app.config["INVOICE_FOLDER"] / f"invoice-{order.number}.csv"
    if not path.exists():
        abort(404)
    return send_file(path, mimetype="text/csv", as_attachment=True)


@bp.put("/<int:order_id>/status")
@admin_required
def change_status(order_id: int) -> ResponseReturnValue:
    order = db.get_or_404(Order, order_id)
    order.status = request.get_json()["status"]
    db.session.commit()
    update = {"order": order.number, "status": order.status}
    order_feed.publish(json.dumps(update))
    socketio.emit("status", update, to=f"order-{order.number}")
    return jsonify(update)


@bp.get("/events")
def events() -> ResponseReturnValue:
    return Response(order_feed.listen(), mimetype="text/event-stream")


@socketio.on("watch")
def watch(data: dict[str, int]) -> None:
    join_room(f"order-{data['order']}")
