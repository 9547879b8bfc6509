import time
from collections import defaultdict, deque

from slowapi import Limiter
from slowapi.util import get_remote_address
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

limiter = Limiter(key_func=get_remote_address)


class RequestThrottle(BaseHTTPMiddleware):
    """At most so many requests in a window from one address."""

    def __init__(self, app: ASGIApp, limit: int = 300, window_seconds: float = 60.0) -> None:
        super().__init__(app)
        self.limit = limit
        self.window_seconds = window_seconds
        self.requests: dict[str, deque[float]] = defaultdict(deque)

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        now = time.monotonic()
        recent = self.requests[request.client.host if request.client else "unknown"]
        while recent and recent[0] < now - self.window_seconds:
            recent.popleft()
        if len(recent) >= self.limit:
            return JSONResponse({"detail": "slow down"}, status_code=429)
        recent.append(now)
        return await call_next(request)
