import uuid

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from .accounts import admin_required
from .extensions import db
from .models import Order, SalesReport, Setting

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.put("/discount")
@admin_required
def set_discount() -> ResponseReturnValue:
    db.session.merge(Setting(key="discount_percent", value=int(request.get_json()["percent"])))
    db.session.commit()
    return "", 204


@bp.post("/reports")
@admin_required
def start_report() -> ResponseReturnValue:
    orders = db.session.scalars(db.select(Order).order_by(Order.number))
    rows = [{"number": order.number, "status": order.status, "total_cents": order.total_cents} for order in orders]
    report = SalesReport(id=uuid.uuid4().hex, rows=rows)
    db.session.add(report)
    db.session.commit()
    return jsonify(id=report.id), 201


@bp.get("/reports/<report_id>")
@admin_required
def show_report(report_id: str) -> ResponseReturnValue:
    return jsonify(db.get_or_404(SalesReport, report_id).rows)
