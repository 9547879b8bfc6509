last_number = 1000


def next_order_number() -> int:
    global last_number
    last_number += 1
    return last_number
