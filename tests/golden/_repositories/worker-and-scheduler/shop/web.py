from flask import Flask

from shop.tasks import invoice

app = Flask(__name__)


@app.get("/healthz")
def healthz():
    return "ok"


@app.post("/orders/<int:number>/invoice")
def order(number):
    invoice.delay(number)
    return {"accepted": number}, 202
