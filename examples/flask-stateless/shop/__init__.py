"""The corner shop: catalogue, cart, checkout and invoices."""

from logging.config import dictConfig

from flask import Flask

from . import accounts, admin, cart, catalogue, checkout, health, jobs, reviews
from .extensions import cache, db, limiter, server_session

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}},
    "root": {"level": "INFO", "handlers": ["console"]},
}


def create_app(config: str = "shop.config.Config") -> Flask:
    dictConfig(LOGGING)
    app = Flask(__name__)
    app.config.from_object(config)

    db.init_app(app)
    cache.init_app(app)
    limiter.init_app(app)
    server_session.init_app(app)

    for module in (accounts, admin, cart, catalogue, checkout, health, jobs, reviews):
        app.register_blueprint(module.bp)
    return app
