import os
import time

import psycopg

products = {}
_currencies = None
_read_at = 0.0


def load():
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        for product_id, name in connection.execute("SELECT id, name FROM products"):
            products[product_id] = name


def currencies():
    global _currencies, _read_at
    if _currencies is None or time.monotonic() - _read_at > 300:
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            _currencies = [row[0] for row in connection.execute("SELECT code FROM currencies")]
        _read_at = time.monotonic()
    return _currencies
