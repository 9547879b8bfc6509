import os

from celery import Celery

app = Celery("worker", broker=os.environ["BROKER_URL"], backend=os.environ["RESULT_URL"])
seen = {}


@app.task
def index(document_id):
    seen[document_id] = True
