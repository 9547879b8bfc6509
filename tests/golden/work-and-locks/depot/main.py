from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from depot.db import get_db
from depot.locks import lock_for
from depot.models import Item
from depot.queue import work

app = FastAPI()


@app.post("/items/{item_id}/take")
def take(item_id: int, db: Session = Depends(get_db)):
    with lock_for(item_id):
        item = db.get(Item, item_id)
        item.stock -= 1
        db.commit()
    return {"stock": item.stock}


@app.post("/labels/{item_id}")
def label(item_id: int):
    work.put(item_id)
    return {"queued": work.qsize()}


@app.get("/health")
def health():
    return {"status": "ok"}
