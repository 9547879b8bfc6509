import csv
import io

from .models import Order


def invoice_csv(order: Order) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["product", "quantity", "price", "sum"])
    for line in order.lines:
        writer.writerow([line.product.name, line.quantity, line.price_cents / 100, line.quantity * line.price_cents / 100])
    writer.writerow(["total", "", "", order.total_cents / 100])
    return buffer.getvalue().encode()
