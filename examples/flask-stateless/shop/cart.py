from flask import Blueprint, abort, jsonify, request, session
from flask.typing import ResponseReturnValue

from .extensions import db
from .models import Product, Setting

bp = Blueprint("cart", __name__, url_prefix="/cart")


def discounted(price_cents: int) -> int:
    discount = db.session.get(Setting, "discount_percent")
    return price_cents * (100 - (discount.value if discount else 0)) // 100


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
    if quantity < 1 or product.stock < quantity:
        abort(409, "not enough in stock")
    cart: dict[str, int] = session.setdefault("cart", {})
    cart[str(product.id)] = cart.get(str(product.id), 0) + quantity
    session.modified = True
    return jsonify(cart), 201


@bp.delete("/items/<int:product_id>")
def remove_item(product_id: int) -> ResponseReturnValue:
    session.get("cart", {}).pop(str(product_id), None)
    session.modified = True
    return "", 204
