import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, abort, current_app, g, jsonify, request, session
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.security import check_password_hash, generate_password_hash

from .extensions import db, limiter, redis_client
from .models import User

bp = Blueprint("accounts", __name__, url_prefix="/accounts")

LOCK_AFTER = 5
LOCK_SECONDS = 15 * 60
TOKEN_SECONDS = 30 * 24 * 3600


def token_serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="api-token")


def user_id_for(token: str) -> int | None:
    try:
        return token_serializer().loads(token, max_age=TOKEN_SECONDS)
    except BadSignature:
        return None


def record_failure(email: str) -> None:
    key = f"failed-logins:{email}"
    with redis_client.pipeline() as pipeline:
        pipeline.incr(key)
        pipeline.expire(key, LOCK_SECONDS)
        pipeline.execute()


def is_locked(email: str) -> bool:
    return int(redis_client.get(f"failed-logins:{email}") or 0) >= LOCK_AFTER


def login_required(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        g.user_id = user_id_for(token) if scheme == "Bearer" else session.get("user_id")
        if g.user_id is None:
            abort(401)
        return view(*args, **kwargs)

    return wrapper


def admin_required(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        password = current_app.config["ADMIN_PASSWORD"]
        if not secrets.compare_digest(request.headers.get("X-Admin-Password", ""), password):
            abort(403)
        return view(*args, **kwargs)

    return wrapper


@bp.post("/register")
@limiter.limit("20/hour")
def register() -> ResponseReturnValue:
    form = request.get_json()
    user = User(email=form["email"].lower(), password_hash=generate_password_hash(form["password"]))
    db.session.add(user)
    db.session.commit()
    return jsonify(id=user.id), 201


@bp.post("/login")
@limiter.limit("10/minute")
def login() -> ResponseReturnValue:
    form = request.get_json()
    email = form["email"].lower()
    if is_locked(email):
        abort(429, "too many failed attempts")
    user = db.session.scalar(db.select(User).filter_by(email=email))
    if user is None or not check_password_hash(user.password_hash, form["password"]):
        record_failure(email)
        abort(401)
    session["user_id"] = user.id
    return jsonify(token=token_serializer().dumps(user.id))


@bp.post("/logout")
@login_required
def logout() -> ResponseReturnValue:
    session.clear()
    return "", 204
