from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .shared import redis_client

KEY = "recent-searches"


class RecentSearchesMiddleware:
    """Remembers what people look for; the front page shows it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if text := request.GET.get("q"):
            with redis_client.pipeline() as pipeline:
                pipeline.lpush(KEY, text).ltrim(KEY, 0, 49).execute()
        return self.get_response(request)


def recent_searches() -> list[str]:
    return redis_client.lrange(KEY, 0, -1)
