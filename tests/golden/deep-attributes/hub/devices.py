from hub.registry import Registry


class Devices:
    def __init__(self) -> None:
        self.registry = Registry()
