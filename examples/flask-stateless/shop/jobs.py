"""Commands that the cluster's scheduler runs, once for all instances; see deploy/jobs.yaml."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint

from .extensions import db
from .models import Order, Product

bp = Blueprint("jobs", __name__, cli_group="jobs")

CANCEL_AFTER = timedelta(hours=24)


@bp.cli.command("reprice")
def reprice() -> None:
    """Lower the price of what does not sell: five per cent a night on full shelves."""
    for product in db.session.scalars(db.select(Product).where(Product.stock > 30)):
        product.price_cents = product.price_cents * 95 // 100
    db.session.commit()


@bp.cli.command("cancel-unpaid")
def cancel_unpaid_orders() -> None:
    """Cancel orders that nobody paid for and put their goods back."""
    before = datetime.now(UTC) - CANCEL_AFTER
    for order in db.session.scalars(db.select(Order).where(Order.status == "new", Order.created_at < before)):
        order.status = "cancelled"
        for line in order.lines:
            line.product.stock += line.quantity
    db.session.commit()
