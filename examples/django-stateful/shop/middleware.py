from collections import deque
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class RecentSearchesMiddleware:
    """Remembers what people look for; the front page shows it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.recent_searches: deque[str] = deque(maxlen=50)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if text := request.GET.get("q"):
            self.recent_searches.appendleft(text)
        request.recent_searches = list(self.recent_searches)
        return self.get_response(request)
