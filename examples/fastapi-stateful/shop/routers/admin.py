import csv
import io
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import PlainTextResponse
from sqlalchemy import select

from .. import audit, vouchers
from ..database import Database, Order
from ..schemas import Discount
from ..security import Configuration, require_admin

router = APIRouter(prefix="/admin", tags=["admin"], dependencies=[Depends(require_admin)])

finished_exports: dict[UUID, str] = {}


@router.put("/discount", status_code=204)
async def set_discount(form: Discount, settings: Configuration) -> None:
    settings.discount_percent = form.percent
    await audit.record(f"discount is {form.percent} %")


@router.put("/vouchers/{code}", status_code=204)
def add_voucher(code: str, cents: int) -> None:
    known = vouchers.load()
    known[code] = cents
    vouchers.save(known)


@router.get("/audit")
async def show_audit() -> list[str]:
    return await audit.latest()


@router.post("/exports", status_code=201)
async def export_orders(database: Database) -> dict[str, UUID]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["number", "status", "total"])
    for order in await database.scalars(select(Order).order_by(Order.number)):
        writer.writerow([order.number, order.status, order.total_cents / 100])
    export_id = uuid4()
    finished_exports[export_id] = buffer.getvalue()
    return {"id": export_id}


@router.get("/exports/{export_id}", response_class=PlainTextResponse)
async def download_export(export_id: UUID) -> str:
    if export_id not in finished_exports:
        raise HTTPException(404)
    return finished_exports[export_id]
