from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, ForeignKey, Sequence
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .extensions import db

order_numbers = Sequence("order_numbers", start=1001, metadata=db.metadata)


class User(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]


class Product(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    category: Mapped[str] = mapped_column(index=True)
    price_cents: Mapped[int]
    stock: Mapped[int] = mapped_column(default=0)
    image_key: Mapped[str | None]

    def as_dict(self) -> dict[str, object]:
        return {
            "id": self.id,
            "name": self.name,
            "category": self.category,
            "price_cents": self.price_cents,
            "stock": self.stock,
        }


class Order(db.Model):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(order_numbers, server_default=order_numbers.next_value(), unique=True)
    email: Mapped[str]
    status: Mapped[str] = mapped_column(default="new")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))
    lines: Mapped[list["OrderLine"]] = relationship(back_populates="order", cascade="all, delete-orphan")

    @property
    def total_cents(self) -> int:
        return sum(line.quantity * line.price_cents for line in self.lines)


class OrderLine(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    price_cents: Mapped[int]
    order: Mapped[Order] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()


class Review(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    stars: Mapped[int]
    text: Mapped[str]


class SalesReport(db.Model):
    id: Mapped[str] = mapped_column(primary_key=True)
    rows: Mapped[list[dict[str, object]]] = mapped_column(JSON)


class Setting(db.Model):
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
