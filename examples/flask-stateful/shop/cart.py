from flask import Blueprint, abort, current_app, jsonify, request, session
from flask.typing import ResponseReturnValue

from .extensions import db, reservations
from .models import Product

bp = Blueprint("cart", __name__, url_prefix="/cart")


def discounted(price_cents: int) -> int:
    return price_cents * (100 - current_app.config["DISCOUNT_PERCENT"]) // 100


@bp.get("")
def show_cart() -> ResponseReturnValue:
    cart: dict[str, int] = session.get("cart", {})
    products = db.session.scalars(db.select(Product).where(Product.id.in_(int(key) for key in cart)))
    lines = [
        {"product": product.name, "quantity": cart[str(product.id)], "price_cents": discounted(product.price_cents)} for product in products
    ]
    return jsonify(lines=lines, total_cents=sum(line["quantity"] * line["price_cents"] for line in lines))


@bp.post("/items")
def add_item() -> ResponseReturnValue:
    form = request.get_json()
    product = db.get_or_404(Product, form["product_id"])
    quantity = int(form.get("quantity", 1))
    if quantity < 1 or product.stock - reservations.held(product.id) < quantity:
        abort(409, "not enough in stock")
    cart: dict[str, int] = session.setdefault("cart", {})
    cart[str(product.id)] = cart.get(str(product.id), 0) + quantity
    session.modified = True
    reservations.hold(product.id, quantity)
    return jsonify(cart), 201


@bp.delete("/items/<int:product_id>")
def remove_item(product_id: int) -> ResponseReturnValue:
    quantity = session.get("cart", {}).pop(str(product_id), 0)
    session.modified = True
    reservations.release(product_id, quantity)
    return "", 204
