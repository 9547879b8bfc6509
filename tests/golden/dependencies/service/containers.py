from dependency_injector import containers, providers


class Reviews:
    def __init__(self) -> None:
        self.by_product: dict[str, list[str]] = {}

    def add(self, product: str, text: str) -> None:
        self.by_product.setdefault(product, []).append(text)


class Formatter:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, text: str) -> None:
        self.lines.append(text)


class Container(containers.DeclarativeContainer):
    reviews = providers.Singleton(Reviews)
    formatter = providers.Factory(Formatter)
