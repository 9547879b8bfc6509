import hashlib
import hmac
import os
import secrets
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Request

from .settings import Settings, get_settings


class TokenStore:
    """Tokens of the mobile app, which keeps no cookies."""

    def __init__(self) -> None:
        self._tokens: dict[str, int] = {}

    def issue(self, user_id: int) -> str:
        token = secrets.token_urlsafe(32)
        self._tokens[token] = user_id
        return token

    def user_id(self, token: str) -> int | None:
        return self._tokens.get(token)

    def revoke(self, token: str) -> None:
        self._tokens.pop(token, None)


token_store = TokenStore()


def get_token_store() -> TokenStore:
    return token_store


Tokens = Annotated[TokenStore, Depends(get_token_store)]
Configuration = Annotated[Settings, Depends(get_settings)]


async def current_user_id(request: Request, tokens: Tokens, authorization: Annotated[str, Header()] = "") -> int:
    user_id = tokens.user_id(authorization.removeprefix("Bearer ")) if authorization else request.session.get("user_id")
    if user_id is None:
        raise HTTPException(401)
    return user_id


async def require_admin(settings: Configuration, x_admin_password: Annotated[str, Header()] = "") -> None:
    if not settings.admin_password or not secrets.compare_digest(x_admin_password, settings.admin_password):
        raise HTTPException(403)


def hash_password(password: str) -> str:
    salt = os.urandom(16)
    return salt.hex() + hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()


def verify_password(password: str, stored: str) -> bool:
    salt, digest = bytes.fromhex(stored[:32]), stored[32:]
    return hmac.compare_digest(hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex(), digest)


def sign(text: str) -> str:
    """Sign a download link."""
    return hmac.new(get_settings().secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
