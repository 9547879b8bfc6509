import json
import time

from django.contrib.auth import authenticate, get_user_model, login, logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import View
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from .devices import devices

limiter = MovingWindowRateLimiter(MemoryStorage())
REGISTRATIONS = parse("20/hour")


@require_GET
@ensure_csrf_cookie
def whoami(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"user": request.user.get_username() or None})


@require_POST
def register(request: HttpRequest) -> HttpResponse:
    if not limiter.hit(REGISTRATIONS, "register", request.META["REMOTE_ADDR"]):
        return HttpResponse(status=429)
    form = json.loads(request.body)
    get_user_model().objects.create_user(form["email"], form["email"], form["password"])
    return HttpResponse(status=201)


class LoginView(View):
    failures: dict[str, list[float]] = {}
    allowed_failures = 5
    lock_seconds = 15 * 60

    def post(self, request: HttpRequest) -> HttpResponse:
        address = request.META["REMOTE_ADDR"]
        recent = [moment for moment in self.failures.get(address, []) if moment > time.time() - self.lock_seconds]
        if len(recent) >= self.allowed_failures:
            return HttpResponse("too many failed attempts", status=429)
        form = json.loads(request.body)
        user = authenticate(request, username=form["email"], password=form["password"])
        if user is None:
            self.failures[address] = [*recent, time.time()]
            return HttpResponse(status=401)
        login(request, user)
        response = JsonResponse({"user": user.get_username()})
        if form.get("stay"):
            response.set_cookie("device", devices.remember(user.pk), max_age=90 * 24 * 3600, httponly=True, samesite="Lax")
        return response


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    devices.forget(request.COOKIES.get("device", ""))
    logout(request)
    response = HttpResponse(status=204)
    response.delete_cookie("device")
    return response
