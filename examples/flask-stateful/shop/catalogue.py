import multiprocessing
import time
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, abort, current_app, jsonify, request, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.utils import secure_filename

from .accounts import admin_required
from .extensions import cache, db, reservations
from .models import Product

bp = Blueprint("catalogue", __name__, cli_group=None)

SEARCH_TTL = 60
_search_results: dict[str, tuple[float, list[dict[str, object]]]] = {}

visitors = multiprocessing.Value("i", 0)


@bp.cli.command("sample-products")
def add_sample_products() -> None:
    """Fill an empty catalogue."""
    if db.session.scalar(db.select(db.func.count(Product.id))):
        return
    db.session.add_all(
        [
            Product(name="Espresso cup", category="kitchen", price_cents=900, stock=40),
            Product(name="Tea pot", category="kitchen", price_cents=3400, stock=12),
            Product(name="Desk lamp", category="office", price_cents=5900, stock=7),
        ]
    )
    db.session.commit()


@lru_cache(maxsize=1)
def categories() -> tuple[str, ...]:
    return tuple(db.session.scalars(db.select(Product.category).distinct().order_by(Product.category)))


def search(text: str) -> list[dict[str, object]]:
    hit = _search_results.get(text)
    if hit and time.time() - hit[0] < SEARCH_TTL:
        return hit[1]
    query = db.select(Product).where(Product.name.ilike(f"%{text}%")).order_by(Product.name)
    found = [product.as_dict() for product in db.session.scalars(query)]
    _search_results[text] = (time.time(), found)
    return found


@bp.get("/")
def index() -> ResponseReturnValue:
    with visitors.get_lock():
        visitors.value += 1
    return jsonify(shop="Corner shop", categories=categories(), visitor_number=visitors.value)


@bp.get("/products")
@cache.cached(query_string=True)
def list_products() -> ResponseReturnValue:
    query = db.select(Product).order_by(Product.name)
    if category := request.args.get("category"):
        query = query.filter_by(category=category)
    return jsonify([product.as_dict() for product in db.session.scalars(query)])


@bp.get("/products/search")
def search_products() -> ResponseReturnValue:
    return jsonify(search(request.args.get("q", "").strip().lower()))


@bp.get("/products/<int:product_id>")
def show_product(product_id: int) -> ResponseReturnValue:
    product = db.get_or_404(Product, product_id)
    return jsonify(product.as_dict() | {"available": product.stock - reservations.held(product_id)})


@bp.post("/products/<int:product_id>/image")
@admin_required
def upload_image(product_id: int) -> ResponseReturnValue:
    product = db.get_or_404(Product, product_id)
    image = request.files["image"]
    folder: Path = current_app.config["UPLOAD_FOLDER"]
    folder.mkdir(exist_ok=True)
    name = f"{product_id}-{secure_filename(image.filename or 'image')}"
    image.save(folder / name)
    product.image = name
    db.session.commit()
    return jsonify(image=name), 201


@bp.get("/products/<int:product_id>/image")
def show_image(product_id: int) -> ResponseReturnValue:
    product = db.get_or_404(Product, product_id)
    if product.image is None:
        abort(404)
    return send_from_directory(current_app.config["UPLOAD_FOLDER"], product.image)
