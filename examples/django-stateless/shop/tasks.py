from datetime import timedelta

from celery import shared_task
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from .models import Order, Product

CANCEL_AFTER = timedelta(hours=24)


@shared_task
def reprice() -> None:
    """Lower the price of what does not sell: five per cent a night on full shelves."""
    Product.objects.filter(stock__gt=30).update(price_cents=F("price_cents") * 95 / 100)


@shared_task
def cancel_unpaid_orders() -> None:
    """Cancel orders that nobody paid for and put their goods back."""
    with transaction.atomic():
        unpaid = Order.objects.select_for_update(skip_locked=True).filter(status="new", created_at__lt=timezone.now() - CANCEL_AFTER)
        for order in unpaid:
            order.status = "cancelled"
            order.save(update_fields=["status"])
            for line in order.lines.all():
                Product.objects.filter(pk=line.product_id).update(stock=F("stock") + line.quantity)


@shared_task(autoretry_for=(OSError,), retry_backoff=True)
def deliver_mail(recipient: str, subject: str) -> None:
    send_mail(subject, "Thank you.", "shop@example.com", [recipient])
