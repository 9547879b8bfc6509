from flask import Blueprint, abort, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.utils import secure_filename

from . import storage
from .accounts import admin_required
from .extensions import cache, db, redis_client
from .models import Product

bp = Blueprint("catalogue", __name__, cli_group=None)


@bp.cli.command("create-tables")
def create_tables() -> None:
    """Make the tables that are not there yet; a deployment runs this once, before the instances start."""
    db.create_all()


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


@cache.memoize(timeout=300)
def categories() -> list[str]:
    return list(db.session.scalars(db.select(Product.category).distinct().order_by(Product.category)))


@cache.memoize(timeout=60)
def search(text: str) -> list[dict[str, object]]:
    query = db.select(Product).where(Product.name.ilike(f"%{text}%")).order_by(Product.name)
    return [product.as_dict() for product in db.session.scalars(query)]


@bp.get("/")
def index() -> ResponseReturnValue:
    return jsonify(shop="Corner shop", categories=categories(), visitor_number=redis_client.incr("visitors"))


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
    return jsonify(db.get_or_404(Product, product_id).as_dict())


@bp.post("/products/<int:product_id>/image")
@admin_required
def upload_image(product_id: int) -> ResponseReturnValue:
    product = db.get_or_404(Product, product_id)
    image = request.files["image"]
    key = f"products/{product_id}/{secure_filename(image.filename or 'image')}"
    storage.put(key, image.read(), image.mimetype)
    product.image_key = key
    db.session.commit()
    return jsonify(image=key), 201


@bp.get("/products/<int:product_id>/image")
def show_image(product_id: int) -> ResponseReturnValue:
    product = db.get_or_404(Product, product_id)
    if product.image_key is None:
        abort(404)
    return redirect(storage.download_url(product.image_key))
