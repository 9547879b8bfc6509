from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from .extensions import db

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers; restart it when this fails."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """The database answers; send no requests while this fails."""
    db.session.execute(db.text("SELECT 1"))
    return jsonify(status="ok")
