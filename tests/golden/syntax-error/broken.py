def price(product:
    return 1
