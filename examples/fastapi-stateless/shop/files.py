"""Images and invoices live in an S3 bucket."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import boto3
from fastapi import UploadFile
from fastapi.concurrency import run_in_threadpool

from .database import Order
from .settings import get_settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@lru_cache
def client() -> "S3Client":
    return boto3.client("s3", endpoint_url=get_settings().s3_endpoint_url)


async def save_image(product_id: int, upload: UploadFile) -> str:
    """Keep an uploaded image and return its key."""
    key = f"products/{product_id}/{re.sub(r'[^A-Za-z0-9.]+', '-', upload.filename or 'image')}"
    await run_in_threadpool(client().upload_fileobj, upload.file, get_settings().s3_bucket, key)
    return key


async def save_invoice(order: Order) -> str:
    """Keep the invoice and return its key."""
    rows = [f"{line.quantity:>4} x {line.product.name:<40}{line.quantity * line.price_cents / 100:>12.2f}" for line in order.lines]
    text = "\n".join([f"INVOICE {order.number}", "", *rows, "", f"{'total':<47}{order.total_cents / 100:>12.2f}", "\f"])
    key = f"invoices/{order.number}.txt"
    await run_in_threadpool(client().put_object, Bucket=get_settings().s3_bucket, Key=key, Body=text.encode(), ContentType="text/plain")
    return key


def download_url(key: str) -> str:
    """Return an address that works for five minutes."""
    return client().generate_presigned_url("get_object", Params={"Bucket": get_settings().s3_bucket, "Key": key}, ExpiresIn=300)
