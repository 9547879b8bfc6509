"""Images and invoices live in an S3 bucket."""

from functools import lru_cache
from typing import TYPE_CHECKING

import boto3
from flask import current_app

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@lru_cache(maxsize=1)
def client() -> "S3Client":
    return boto3.client("s3", endpoint_url=current_app.config["S3_ENDPOINT_URL"])


def put(key: str, body: bytes, content_type: str) -> None:
    client().put_object(Bucket=current_app.config["S3_BUCKET"], Key=key, Body=body, ContentType=content_type)


def download_url(key: str) -> str:
    """Return an address that works for five minutes."""
    parameters = {"Bucket": current_app.config["S3_BUCKET"], "Key": key}
    return client().generate_presigned_url("get_object", Params=parameters, ExpiresIn=300)
