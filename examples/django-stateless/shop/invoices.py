import csv
import io

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from .models import Order


def invoice_name(order: Order) -> str:
    return f"invoices/{order.number}.csv"


def save_invoice(order: Order) -> str:
    """Keep the invoice as CSV in the bucket and return its name."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["product", "quantity", "price", "sum"])
    for line in order.lines.select_related("product"):
        writer.writerow([line.product.name, line.quantity, line.price_cents / 100, line.quantity * line.price_cents / 100])
    writer.writerow(["total", "", "", order.total_cents / 100])
    return default_storage.save(invoice_name(order), ContentFile(buffer.getvalue().encode()))
