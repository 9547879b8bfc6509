import logging
import queue
import threading
import time
from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from django.core.mail import send_mail
from django.db import close_old_connections, transaction
from django.db.models import F
from django.utils import timezone

logger = logging.getLogger(__name__)

CANCEL_AFTER = timedelta(hours=24)

mail_jobs: queue.Queue[tuple[str, str]] = queue.Queue()


def reprice() -> None:
    """Lower the price of what does not sell: five per cent a night on full shelves."""
    from .models import Product

    close_old_connections()
    Product.objects.filter(stock__gt=30).update(price_cents=F("price_cents") * 95 / 100)


class UnpaidOrders(threading.Thread):
    """Cancels orders that nobody paid for and puts their goods back."""

    def run(self) -> None:
        from .models import Order, Product

        while True:
            time.sleep(600)
            close_old_connections()
            for order in Order.objects.filter(status="new", created_at__lt=timezone.now() - CANCEL_AFTER):
                with transaction.atomic():
                    order.status = "cancelled"
                    order.save(update_fields=["status"])
                    for line in order.lines.all():
                        Product.objects.filter(pk=line.product_id).update(stock=F("stock") + line.quantity)


def deliver_mail() -> None:
    while True:
        recipient, subject = mail_jobs.get()
        try:
            send_mail(subject, "Thank you.", "shop@example.com", [recipient])
        except OSError:
            logger.exception("mail to %s was lost", recipient)


def start() -> None:
    scheduler = BackgroundScheduler()
    scheduler.add_job(reprice, "cron", hour=3)
    scheduler.start()
    UnpaidOrders(daemon=True).start()
    threading.Thread(target=deliver_mail, daemon=True).start()
