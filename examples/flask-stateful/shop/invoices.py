import csv
from pathlib import Path

from .models import Order


def write_invoice(order: Order, folder: Path) -> Path:
    """Write the invoice as CSV and return its path."""
    folder.mkdir(exist_ok=True)
    path = folder / f"invoice-{order.number}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["product", "quantity", "price", "sum"])
        for line in order.lines:
            writer.writerow([line.product.name, line.quantity, line.price_cents / 100, line.quantity * line.price_cents / 100])
        writer.writerow(["total", "", "", order.total_cents / 100])
    return path
