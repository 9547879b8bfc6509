import uuid

from flask import Blueprint, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from .accounts import admin_required
from .extensions import db
from .models import Order

bp = Blueprint("admin", __name__, url_prefix="/admin")

sales_reports = {}


@bp.put("/discount")
@admin_required
def set_discount() -> ResponseReturnValue:
    current_app.config["DISCOUNT_PERCENT"] = int(request.get_json()["percent"])
    return "", 204


@bp.post("/reports")
@admin_required
def start_report() -> ResponseReturnValue:
    report_id = uuid.uuid4().hex
    orders = db.session.scalars(db.select(Order).order_by(Order.number))
    sales_reports[report_id] = [{"number": order.number, "status": order.status, "total_cents": order.total_cents} for order in orders]
    return jsonify(id=report_id), 201


@bp.get("/reports/<report_id>")
@admin_required
def show_report(report_id: str) -> ResponseReturnValue:
    if report_id not in sales_reports:
        abort(404)
    return jsonify(sales_reports[report_id])
