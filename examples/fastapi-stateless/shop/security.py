import hashlib
import hmac
import os
import secrets
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from .settings import Settings, get_settings

TOKEN_SECONDS = 30 * 24 * 3600

Configuration = Annotated[Settings, Depends(get_settings)]


def issue_token(user_id: int, settings: Settings) -> str:
    return URLSafeTimedSerializer(settings.secret_key, salt="api-token").dumps(user_id)


async def current_user_id(request: Request, settings: Configuration, authorization: Annotated[str, Header()] = "") -> int:
    if not authorization:
        user_id = request.session.get("user_id")
    else:
        serializer = URLSafeTimedSerializer(settings.secret_key, salt="api-token")
        try:
            user_id = serializer.loads(authorization.removeprefix("Bearer "), max_age=TOKEN_SECONDS)
        except BadSignature:
            user_id = None
    if user_id is None:
        raise HTTPException(401)
    return user_id


async def require_admin(settings: Configuration, x_admin_password: Annotated[str, Header()] = "") -> None:
    if not secrets.compare_digest(x_admin_password, settings.admin_password):
        raise HTTPException(403)


def hash_password(password: str) -> str:
    salt = os.urandom(16)
    return salt.hex() + hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()


def verify_password(password: str, stored: str) -> bool:
    salt, digest = bytes.fromhex(stored[:32]), stored[32:]
    return hmac.compare_digest(hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex(), digest)
