from apscheduler.schedulers.blocking import BlockingScheduler

from shop.tasks import invoice

scheduler = BlockingScheduler()


@scheduler.scheduled_job("cron", hour=3)
def nightly():
    invoice.delay(0)


if __name__ == "__main__":
    scheduler.start()
