"""Who gets the newsletter."""

import json

from django.conf import settings

SUBSCRIBERS = settings.BASE_DIR / "newsletter.json"


def subscribers() -> list[str]:
    if not SUBSCRIBERS.exists():
        return []
    with SUBSCRIBERS.open() as file:
        return json.load(file)


def subscribe(email: str) -> None:
    known = subscribers()
    if email not in known:
        with SUBSCRIBERS.open("w") as file:
            json.dump([*known, email], file)
