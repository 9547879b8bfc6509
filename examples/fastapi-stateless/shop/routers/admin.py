import csv
import io
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import PlainTextResponse
from sqlalchemy import select

from ..database import AuditEntry, Database, Order, Setting, Voucher
from ..schemas import Discount
from ..security import require_admin
from ..shared import redis

router = APIRouter(prefix="/admin", tags=["admin"], dependencies=[Depends(require_admin)])

KEEP_EXPORTS_SECONDS = 3600


@router.put("/discount", status_code=204)
async def set_discount(form: Discount, database: Database) -> None:
    await database.merge(Setting(key="discount_percent", value=form.percent))
    database.add(AuditEntry(action=f"discount is {form.percent} %"))
    await database.commit()


@router.put("/vouchers/{code}", status_code=204)
async def add_voucher(code: str, cents: int, database: Database) -> None:
    await database.merge(Voucher(code=code, cents=cents))
    await database.commit()


@router.get("/audit")
async def show_audit(database: Database) -> list[str]:
    entries = await database.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(50))
    return [f"{entry.moment:%F %T} {entry.action}" for entry in entries]


@router.post("/exports", status_code=201)
async def export_orders(database: Database) -> dict[str, UUID]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["number", "status", "total"])
    for order in await database.scalars(select(Order).order_by(Order.number)):
        writer.writerow([order.number, order.status, order.total_cents / 100])
    export_id = uuid4()
    await redis.setex(f"export:{export_id}", KEEP_EXPORTS_SECONDS, buffer.getvalue())
    return {"id": export_id}


@router.get("/exports/{export_id}", response_class=PlainTextResponse)
async def download_export(export_id: UUID) -> str:
    export = await redis.get(f"export:{export_id}")
    if export is None:
        raise HTTPException(404)
    return export
