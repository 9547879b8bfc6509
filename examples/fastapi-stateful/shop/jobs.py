import asyncio
import smtplib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from loguru import logger
from sqlalchemy import select, update

from .database import Order, Product, SessionLocal
from .settings import get_settings

CANCEL_AFTER = timedelta(hours=24)

mail_queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
scheduler = AsyncIOScheduler()


@scheduler.scheduled_job("cron", hour=3)
async def reprice() -> None:
    """Lower the price of what does not sell: five per cent a night on full shelves."""
    async with SessionLocal.begin() as session:
        await session.execute(update(Product).where(Product.stock > 30).values(price_cents=Product.price_cents * 95 / 100))


async def cancel_unpaid_orders() -> None:
    while True:
        await asyncio.sleep(600)
        async with SessionLocal.begin() as session:
            before = datetime.now(UTC) - CANCEL_AFTER
            for order in await session.scalars(select(Order).where(Order.status == "new", Order.created_at < before)):
                order.status = "cancelled"
                for line in order.lines:
                    line.product.stock += line.quantity


def send_mail(recipient: str, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.com", recipient, subject
    with smtplib.SMTP(get_settings().smtp_host, timeout=10) as smtp:
        smtp.send_message(message)


async def deliver_mail() -> None:
    while True:
        recipient, subject = await mail_queue.get()
        try:
            await asyncio.to_thread(send_mail, recipient, subject)
        except OSError as error:
            logger.warning("mail to {} was lost: {}", recipient, error)
