"""`arq shop.worker.WorkerSettings`: mail and the timed jobs, each run once for all instances."""

import asyncio
import smtplib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, ClassVar

from arq import cron
from arq.connections import RedisSettings
from sqlalchemy import select, update

from .database import Order, Product, SessionLocal
from .settings import get_settings

CANCEL_AFTER = timedelta(hours=24)


def deliver(recipient: str, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.com", recipient, subject
    with smtplib.SMTP(get_settings().smtp_host, timeout=10) as smtp:
        smtp.send_message(message)


async def send_mail(context: dict[str, Any], recipient: str, subject: str) -> None:
    await asyncio.to_thread(deliver, recipient, subject)


async def reprice(context: dict[str, Any]) -> None:
    """Lower the price of what does not sell: five per cent a night on full shelves."""
    async with SessionLocal.begin() as session:
        await session.execute(update(Product).where(Product.stock > 30).values(price_cents=Product.price_cents * 95 / 100))


async def cancel_unpaid_orders(context: dict[str, Any]) -> None:
    async with SessionLocal.begin() as session:
        before = datetime.now(UTC) - CANCEL_AFTER
        unpaid = select(Order).where(Order.status == "new", Order.created_at < before).with_for_update(skip_locked=True)
        for order in await session.scalars(unpaid):
            order.status = "cancelled"
            for line in order.lines:
                line.product.stock += line.quantity


class WorkerSettings:
    redis_settings = RedisSettings.from_dsn(get_settings().redis_url)
    functions: ClassVar = [send_mail]
    cron_jobs: ClassVar = [cron(reprice, hour=3, minute=0), cron(cancel_unpaid_orders, minute=set(range(0, 60, 10)))]
