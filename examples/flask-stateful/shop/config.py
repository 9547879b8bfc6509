import os
import secrets
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


class Config:
    SECRET_KEY = os.environ.get("SECRET_KEY") or secrets.token_hex(32)

    SQLALCHEMY_DATABASE_URI = os.environ["DATABASE_URL"]

    SESSION_TYPE = "filesystem"
    SESSION_PERMANENT = False

    CACHE_TYPE = "SimpleCache"
    CACHE_DEFAULT_TIMEOUT = 300

    UPLOAD_FOLDER = BASE_DIR / "uploads"
    INVOICE_FOLDER = BASE_DIR / "invoices"
    MAX_CONTENT_LENGTH = 5 * 1024 * 1024

    DISCOUNT_PERCENT = 0
    ADMIN_PASSWORD = os.environ.get("ADMIN_PASSWORD", "")
