from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request
from sqlalchemy import select

from ..database import Database, User
from ..schemas import Credentials
from ..security import Tokens, hash_password, verify_password
from ..throttle import limiter

router = APIRouter(prefix="/accounts", tags=["accounts"])


@router.post("/register", status_code=201)
async def register(credentials: Credentials, database: Database) -> dict[str, int]:
    user = User(email=credentials.email.lower(), password_hash=hash_password(credentials.password))
    database.add(user)
    await database.commit()
    return {"id": user.id}


@router.post("/login")
@limiter.limit("10/minute")
async def login(request: Request, credentials: Credentials, database: Database, tokens: Tokens) -> dict[str, str]:
    user = await database.scalar(select(User).where(User.email == credentials.email.lower()))
    if user is None or not verify_password(credentials.password, user.password_hash):
        raise HTTPException(401)
    request.session["user_id"] = user.id
    return {"token": tokens.issue(user.id)}


@router.post("/logout", status_code=204)
async def logout(request: Request, tokens: Tokens, authorization: Annotated[str, Header()] = "") -> None:
    request.session.clear()
    tokens.revoke(authorization.removeprefix("Bearer "))
