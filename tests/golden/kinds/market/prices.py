import requests

_cache = {}


def price_of(product):
    if product not in _cache:
        _cache[product] = requests.get(f"https://prices.example/{product}", timeout=5).json()["price"]
    return _cache[product]
