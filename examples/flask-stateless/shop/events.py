"""Order updates cross instances through Redis publish and subscribe."""

import json
from collections.abc import Iterator

from .extensions import redis_client

CHANNEL = "order-updates"


def publish(update: dict[str, object]) -> None:
    redis_client.publish(CHANNEL, json.dumps(update))


def listen() -> Iterator[str]:
    with redis_client.pubsub(ignore_subscribe_messages=True) as subscription:
        subscription.subscribe(CHANNEL)
        yield ": connected\n\n"
        for message in subscription.listen():
            yield f"data: {message['data'].decode()}\n\n"
