import re
import shutil
from pathlib import Path

from fastapi import UploadFile

from .database import Order
from .settings import get_settings


def save_image(product_id: int, upload: UploadFile) -> str:
    """Keep an uploaded image and return its name."""
    folder = get_settings().upload_dir
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{product_id}-{re.sub(r'[^A-Za-z0-9.]+', '-', upload.filename or 'image')}"
    with open(folder / name, "wb") as file:
        shutil.copyfileobj(upload.file, file)
    return name


def invoice_path(order: Order) -> Path:
    return get_settings().invoice_dir / f"invoice-{order.number}.txt"


def write_invoice(order: Order) -> Path:
    rows = [f"{line.quantity:>4} x {line.product.name:<40}{line.quantity * line.price_cents / 100:>12.2f}" for line in order.lines]
    text = "\n".join([f"INVOICE {order.number}", "", *rows, "", f"{'total':<47}{order.total_cents / 100:>12.2f}", "\f"])
    path = invoice_path(order)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
