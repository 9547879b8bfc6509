import os
import smtplib
from email.message import EmailMessage


def send_confirmation(recipient: str, number: int) -> None:
    """Run by `rq worker mail`."""
    message = EmailMessage()
    message["From"] = "shop@example.com"
    message["To"] = recipient
    message["Subject"] = f"Your order {number}"
    message.set_content("Thank you. We will send it soon.")
    with smtplib.SMTP(os.environ.get("SMTP_HOST", "mail"), timeout=10) as smtp:
        smtp.send_message(message)
