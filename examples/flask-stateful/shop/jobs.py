import threading
import time
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from .extensions import db, socketio
from .models import Order, Product

CANCEL_AFTER = timedelta(hours=24)


def reprice(app: Flask) -> None:
    """Lower the price of what does not sell: five per cent a night on full shelves."""
    with app.app_context():
        for product in db.session.scalars(db.select(Product).where(Product.stock > 30)):
            product.price_cents = product.price_cents * 95 // 100
        db.session.commit()
        socketio.emit("prices")


def cancel_unpaid_orders(app: Flask) -> None:
    while True:
        time.sleep(600)
        with app.app_context():
            before = datetime.now(UTC) - CANCEL_AFTER
            for order in db.session.scalars(db.select(Order).where(Order.status == "new", Order.created_at < before)):
                order.status = "cancelled"
                for line in order.lines:
                    line.product.stock += line.quantity
            db.session.commit()


def start_jobs(app: Flask) -> None:
    scheduler = BackgroundScheduler()
    scheduler.add_job(reprice, "cron", hour=3, args=[app])
    scheduler.start()
    threading.Thread(target=cancel_unpaid_orders, args=(app,), daemon=True).start()
