from typing import Any

from django.core.management.base import BaseCommand

from shop.models import Product

SAMPLES = [("Espresso cup", "kitchen", 900, 40), ("Tea pot", "kitchen", 3400, 12), ("Desk lamp", "office", 5900, 7)]


class Command(BaseCommand):
    help = "Fill an empty catalogue."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, category, price_cents, stock in SAMPLES:
            Product.objects.get_or_create(name=name, defaults={"category": category, "price_cents": price_cents, "stock": stock})
