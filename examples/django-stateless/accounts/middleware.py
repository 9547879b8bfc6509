from collections.abc import Callable

from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse

DEVICE_COOKIE = "device"
DEVICE_SALT = "accounts.device"
DEVICE_SECONDS = 90 * 24 * 3600


class RememberedDeviceMiddleware:
    """Logs in the user whom a signed cookie names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user_id = request.get_signed_cookie(DEVICE_COOKIE, default=None, salt=DEVICE_SALT, max_age=DEVICE_SECONDS)
        if user_id is not None and not request.user.is_authenticated:
            user = get_user_model().objects.filter(pk=user_id, is_active=True).first()
            if user is not None:
                login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return self.get_response(request)
