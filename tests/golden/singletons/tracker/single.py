from functools import lru_cache


class Basket:
    def __init__(self):
        self.lines = {}

    def add(self, user, line):
        self.lines.setdefault(user, []).append(line)


@lru_cache(maxsize=1)
def get_basket():
    return Basket()


class Wishes:
    _instance = None

    def __new__(cls):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
            cls._instance.wishes = {}
        return cls._instance

    def wish(self, user, thing):
        self.wishes[user] = thing


class Singleton(type):
    _instances = {}

    def __call__(cls, *args, **kwargs):
        if cls not in cls._instances:
            cls._instances[cls] = super().__call__(*args, **kwargs)
        return cls._instances[cls]


class Visits(metaclass=Singleton):
    def __init__(self):
        self.pages = []

    def visit(self, page):
        self.pages.append(page)


class Shared:
    _shared_state = {}

    def __init__(self):
        self.__dict__ = self._shared_state
        self.marks = getattr(self, "marks", {})

    def mark(self, user, mark):
        self.marks[user] = mark


class Order:
    last_number = 0

    @classmethod
    def next_number(cls):
        cls.last_number += 1
        return cls.last_number
