from typing import Any

from django.db.models import Model


class ReviewRouter:
    """Reviews are many and dispensable, so they have a database of their own."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return "reviews" if model._meta.model_name == "review" else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
        return (db == "reviews") == (model_name == "review")
