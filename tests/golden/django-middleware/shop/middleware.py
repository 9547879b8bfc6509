import time

from django.http import HttpResponse


class Throttle:
    """Thirty requests a minute from one address."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.calls = {}

    def __call__(self, request):
        now = time.time()
        address = request.META["REMOTE_ADDR"]
        recent = [at for at in self.calls.get(address, []) if now - at < 60]
        if len(recent) >= 30:
            return HttpResponse(status=429)
        self.calls[address] = [*recent, now]
        return self.get_response(request)


def timing(get_response):
    slowest = {}

    def middleware(request):
        begun = time.monotonic()
        response = get_response(request)
        took = time.monotonic() - begun
        if took > slowest.get(request.path, 0):
            slowest[request.path] = took
        response["X-Took"] = str(took)
        return response

    return middleware
