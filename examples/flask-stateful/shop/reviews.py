import sqlite3
from contextlib import closing

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

bp = Blueprint("reviews", __name__, url_prefix="/products/<int:product_id>/reviews")

SCHEMA = "CREATE TABLE IF NOT EXISTS review (product_id INTEGER, stars INTEGER, text TEXT)"


def connect() -> sqlite3.Connection:
    connection = sqlite3.connect("reviews.db")
    connection.execute(SCHEMA)
    return connection


@bp.get("")
def list_reviews(product_id: int) -> ResponseReturnValue:
    with closing(connect()) as connection:
        rows = connection.execute("SELECT stars, text FROM review WHERE product_id = ?", (product_id,)).fetchall()
    return jsonify([{"stars": stars, "text": text} for stars, text in rows])


@bp.post("")
def add_review(product_id: int) -> ResponseReturnValue:
    form = request.get_json()
    with closing(connect()) as connection, connection:
        connection.execute("INSERT INTO review VALUES (?, ?, ?)", (product_id, int(form["stars"]), form["text"]))
    return "", 201
