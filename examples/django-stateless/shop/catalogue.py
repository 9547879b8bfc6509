from django.core.cache import cache

from .models import Product, Setting


def categories() -> list[str]:
    def load() -> list[str]:
        return list(Product.objects.order_by("category").values_list("category", flat=True).distinct())

    return cache.get_or_set("categories", load, timeout=300)


def search(text: str) -> list[dict[str, object]]:
    def load() -> list[dict[str, object]]:
        return [product.as_dict() for product in Product.objects.filter(name__icontains=text).order_by("name")]

    return cache.get_or_set(f"search-{text.encode().hex()}", load, timeout=60)


def detail(product_id: int) -> dict[str, object] | None:
    def load() -> dict[str, object] | None:
        product = Product.objects.filter(pk=product_id).first()
        return product and product.as_dict()

    return cache.get_or_set(f"product-{product_id}", load, timeout=300)


def discounted(price_cents: int) -> int:
    discount = Setting.objects.filter(key="discount_percent").values_list("value", flat=True).first() or 0
    return price_cents * (100 - discount) // 100
