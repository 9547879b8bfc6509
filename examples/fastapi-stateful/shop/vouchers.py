"""Vouchers are few, so a JSON file will do."""

import json
from pathlib import Path

VOUCHERS = Path("vouchers.json")


def load() -> dict[str, int]:
    return json.loads(VOUCHERS.read_text()) if VOUCHERS.exists() else {}


def save(vouchers: dict[str, int]) -> None:
    VOUCHERS.write_text(json.dumps(vouchers, indent=2))


def redeem(code: str) -> int:
    """Take a voucher out and return its value in cents, 0 for an unknown one."""
    vouchers = load()
    value = vouchers.pop(code, 0)
    save(vouchers)
    return value
