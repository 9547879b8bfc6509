import functools

from django.core.cache import cache

from .memo import remember
from .models import Product


@functools.cache
def categories() -> list[str]:
    return list(Product.objects.order_by("category").values_list("category", flat=True).distinct())


@remember(seconds=60)
def search(text: str) -> list[dict[str, object]]:
    return [product.as_dict() for product in Product.objects.filter(name__icontains=text).order_by("name")]


def detail(product_id: int) -> dict[str, object] | None:
    def load() -> dict[str, object] | None:
        product = Product.objects.filter(pk=product_id).first()
        return product and product.as_dict()

    return cache.get_or_set(f"product-{product_id}", load, timeout=300)
