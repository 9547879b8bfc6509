from celery import Celery

celery = Celery("shop", broker="redis://redis/0")
SEEN = {}


@celery.task
def invoice(number):
    SEEN[number] = SEEN.get(number, 0) + 1
    return SEEN[number]
