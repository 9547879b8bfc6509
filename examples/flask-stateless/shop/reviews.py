from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from .extensions import db
from .models import Review

bp = Blueprint("reviews", __name__, url_prefix="/products/<int:product_id>/reviews")


@bp.get("")
def list_reviews(product_id: int) -> ResponseReturnValue:
    reviews = db.session.scalars(db.select(Review).filter_by(product_id=product_id).order_by(Review.id))
    return jsonify([{"stars": review.stars, "text": review.text} for review in reviews])


@bp.post("")
def add_review(product_id: int) -> ResponseReturnValue:
    form = request.get_json()
    db.session.add(Review(product_id=product_id, stars=int(form["stars"]), text=form["text"]))
    db.session.commit()
    return "", 201
