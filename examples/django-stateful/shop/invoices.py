import csv
import os

from django.conf import settings

from .models import Order


def invoice_path(order: Order) -> str:
    return os.path.join(settings.MEDIA_ROOT, "invoices", f"{order.number}.csv")


def write_invoice(order: Order) -> str:
    """Write the invoice as CSV and return its path."""
    path = invoice_path(order)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["product", "quantity", "price", "sum"])
        for line in order.lines.select_related("product"):
            writer.writerow([line.product.name, line.quantity, line.price_cents / 100, line.quantity * line.price_cents / 100])
        writer.writerow(["total", "", "", order.total_cents / 100])
    return path
