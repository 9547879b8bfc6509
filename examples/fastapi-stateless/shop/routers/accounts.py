from fastapi import APIRouter, HTTPException, Request
from sqlalchemy import select

from ..database import Database, User
from ..schemas import Credentials
from ..security import Configuration, hash_password, issue_token, verify_password
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
async def login(request: Request, credentials: Credentials, database: Database, settings: Configuration) -> dict[str, str]:
    user = await database.scalar(select(User).where(User.email == credentials.email.lower()))
    if user is None or not verify_password(credentials.password, user.password_hash):
        raise HTTPException(401)
    request.session["user_id"] = user.id
    return {"token": issue_token(user.id, settings)}


@router.post("/logout", status_code=204)
async def logout(request: Request) -> None:
    request.session.clear()
