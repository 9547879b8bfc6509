"""The corner shop: catalogue, cart, checkout and invoices."""

import logging
import os
from logging.handlers import RotatingFileHandler

from flask import Flask

from . import accounts, admin, cart, catalogue, checkout, reviews
from .extensions import cache, db, limiter, server_session, socketio
from .jobs import start_jobs


def create_app(config: str = "shop.config.Config") -> Flask:
    app = Flask(__name__)
    app.config.from_object(config)

    db.init_app(app)
    cache.init_app(app)
    limiter.init_app(app)
    server_session.init_app(app)
    socketio.init_app(app)

    for module in (accounts, admin, cart, catalogue, checkout, reviews):
        app.register_blueprint(module.bp)

    with app.app_context():
        db.create_all()

    if not app.debug:
        os.makedirs("logs", exist_ok=True)
        handler = RotatingFileHandler("logs/shop.log", maxBytes=1_000_000, backupCount=3)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        app.logger.addHandler(handler)
    app.logger.setLevel(logging.INFO)

    start_jobs(app)
    return app
