import itertools

_numbers = itertools.count(1000)


def next_number():
    return next(_numbers)
