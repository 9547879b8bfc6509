from flask import Flask

from shop.api import api


def create_app():
    app = Flask(__name__)
    app.register_blueprint(api, url_prefix="/api")

    @app.get("/healthz")
    def healthz():
        return "ok"

    return app
