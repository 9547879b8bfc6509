import json

from django.conf import settings
from django.contrib.auth import authenticate, get_user_model, login, logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import View
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST
from limits import parse
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from .middleware import DEVICE_COOKIE, DEVICE_SALT, DEVICE_SECONDS

limiter = MovingWindowRateLimiter(RedisStorage(settings.REDIS_URL))
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
    allowed_failures = 5
    lock_seconds = 15 * 60

    def post(self, request: HttpRequest) -> HttpResponse:
        key = f"failed-logins-{request.META['REMOTE_ADDR']}"
        cache.add(key, 0, timeout=self.lock_seconds)
        if cache.get(key, 0) >= self.allowed_failures:
            return HttpResponse("too many failed attempts", status=429)
        form = json.loads(request.body)
        user = authenticate(request, username=form["email"], password=form["password"])
        if user is None:
            cache.incr(key)
            return HttpResponse(status=401)
        login(request, user)
        response = JsonResponse({"user": user.get_username()})
        if form.get("stay"):
            response.set_signed_cookie(DEVICE_COOKIE, str(user.pk), salt=DEVICE_SALT, max_age=DEVICE_SECONDS, httponly=True, samesite="Lax")
        return response


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    response = HttpResponse(status=204)
    response.delete_cookie(DEVICE_COOKIE)
    return response
