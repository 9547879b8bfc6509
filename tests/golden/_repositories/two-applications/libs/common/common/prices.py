PRICES = {"tea": 3}


def price_of(name):
    return PRICES[name]


def set_price(name, price):
    PRICES[name] = price
