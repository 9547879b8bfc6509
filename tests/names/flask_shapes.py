"""Pairs of programs in Flask."""

from __future__ import annotations

from typing import Final

from tests.names.shapes import FLASK, Pair, Variant

FLASK_PAIRS: Final = (
    Pair(
        "dict",
        FLASK,
        """
        $NAME = {}  # made


        @app.get("/sizes/<key>")
        def size(key):
            if not $NAME:
                $NAME.update(small=1, large=2)
            return {"size": $NAME.get(key)}


        @app.put("/sizes/<key>")
        def change(key):
            $fact
            return {}
        """,
        Variant("changed-by-a-route", "$NAME[key] = request.get_json()"),
        Variant("filled-from-code-on-first-use", "app.logger.info('no change of %s', key)"),
    ),
    Pair(
        "set",
        FLASK,
        """
        $NAME = set()  # made


        @app.post("/votes/<user>")
        def vote(user):
            if user in $NAME:
                $fact
            $NAME.add(user)
            return {}
        """,
        Variant("of-votes", "abort(409)"),
        Variant("only-logged", "app.logger.info('again: %s', user)"),
    ),
    Pair(
        "counter",
        FLASK,
        """
        $NAME = 0  # made


        @app.post("/orders")
        def order():
            global $NAME
            $NAME += 1
            $fact
        """,
        Variant("handed-out", "return {'number': $NAME}"),
        Variant("only-logged", "app.logger.info('order %s', $NAME)\nreturn {}"),
    ),
    Pair(
        "lookups",
        FLASK,
        """
        import os
        import redis

        store = redis.Redis.from_url(os.environ["REDIS_URL"])
        $NAME = {}  # made


        def label(key):
            if key not in $NAME:
                $NAME[key] = made(key)
            return $NAME[key]


        def made(key):
            $fact


        @app.get("/labels/<key>")
        def one(key):
            return {"label": label(key)}
        """,
        Variant("of-shared-data", "return store.hget('labels', key)"),
        Variant("of-a-pure-function", "return key.strip().upper()"),
        severity="warning",
    ),
    Pair(
        "row",
        FLASK,
        """
        import os
        from sqlalchemy import create_engine, text

        engine = create_engine(os.environ["DATABASE_URL"], pool_size=int(os.environ["POOL_SIZE"]), max_overflow=0)
        $NAME = {}  # made


        @app.get("/products/<int:key>")
        def product(key):
            if key not in $NAME:
                with engine.connect() as rows:
                    title = rows.execute(text("SELECT title FROM product WHERE id = :id"), {"id": key}).scalar()
                $NAME[key] = $fact
            return {"product": $NAME[key]}
        """,
        Variant("kept-by-key", "title"),
        Variant("only-a-number-made-of-the-key", "key % 97"),
        severity="warning",
    ),
    Pair(
        "registry",
        FLASK,
        """
        $NAME = {}  # made


        def exporter(kind):
            def keep(function):
                $NAME[kind] = function
                return function

            return keep


        @exporter("csv")
        def csv():
            return "a,b"


        @exporter("text")
        def plain():
            return "a b"


        $fact
        def change(kind):
            $other


        @app.get("/export/<kind>")
        def export(kind):
            return $NAME[kind]()
        """,
        Variant("changed-by-a-route", "@app.put('/export/<kind>')", "$NAME[kind] = $NAME[request.args['like']]\nreturn {}"),
        Variant("filled-by-decorators", "@app.get('/exports/<kind>')", "return {'known': kind in $NAME}"),
    ),
    Pair(
        "first-use",
        FLASK,
        """
        import json
        import os

        _$name = None  # made


        def limits():
            global _$name
            if _$name is None:
                _$name = $fact
            return _$name


        @app.post("/limits")
        def show():
            return {"largest": limits()["largest"]}
        """,
        Variant("keeps-what-the-first-client-sends", "request.get_json()"),
        Variant("reads-the-environment", "json.loads(os.environ['LIMITS'])"),
    ),
    Pair(
        "stamp",
        FLASK,
        """
        import gc
        import os
        import time
        import httpx

        _$name = 0.0  # made


        @app.get("/")
        def home():
            global _$name
            if time.monotonic() - _$name > 60:
                _$name = time.monotonic()
                $fact
            return {}
        """,
        Variant("of-the-last-message", "httpx.post(os.environ['REPORTS_URL'], json={'text': 'someone is here'}, timeout=5)"),
        Variant("of-the-last-tidying", "gc.collect()"),
    ),
    Pair(
        "calls-of-clients",
        FLASK,
        """
        import collections

        $NAME = collections.Counter()  # made


        @app.post("/login")
        def login():
            address = request.remote_addr
            $NAME[address] += 1
            if $NAME[address] > 100:
                $fact
            return {}
        """,
        Variant("refused", "abort(429)"),
        Variant("only-logged", "app.logger.warning('often: %s', address)"),
    ),
    Pair(
        "mutex",
        FLASK,
        """
        import gc
        import os
        import threading
        import redis

        store = redis.Redis.from_url(os.environ["REDIS_URL"])
        $NAME = threading.Lock()  # made


        @app.post("/orders")
        def order():
            with $NAME:
                $fact
            return {}
        """,
        Variant("around-shared-data", "stock = int(store.get('stock') or 0)\nstore.set('stock', stock - 1)"),
        Variant("around-memory-of-the-process", "gc.collect()"),
    ),
    Pair(
        "signed-in",
        FLASK,
        """
        import uuid

        $NAME = {}  # made


        @app.post("/login")
        def login():
            key = uuid.uuid4().hex
            $NAME[key] = request.form["user"]
            return {"key": key}


        @app.get("/me")
        def me():
            user = $NAME.get(request.headers["Authorization"])
            $fact
        """,
        Variant("looked-up", "return {'user': user}"),
        Variant("only-logged", "app.logger.info('asked by %s', user)\nreturn {}"),
    ),
    Pair(
        "closure",
        FLASK,
        """
        def create_app():
            made = Flask(__name__)
            $fact

            @made.post("/lines")
            def add():
                $other
                $name.append(request.get_data(as_text=True))
                return {"lines": $name}

            return made


        application = create_app()
        """,
        Variant("of-a-factory", "$name = []  # made"),
        Variant("of-one-call", "", "$name = []"),
    ),
    Pair(
        "first-time",
        FLASK,
        """
        import time

        $NAME = {}  # made


        @app.get("/guests/<key>")
        def guest(key):
            if key not in $NAME:
                $NAME[key] = $fact
            return {"since": $NAME[key]}
        """,
        Variant("by-the-clock", "time.time()"),
        Variant("from-the-key", "len(key)"),
    ),
    Pair(
        "file",
        FLASK,
        """
        import os
        import pathlib

        $NAME = pathlib.Path("texts")


        @app.put("/texts/<key>")
        def put(key):
            ($NAME / key).write_text(request.get_data(as_text=True))  # made
            size = os.stat($NAME / key).st_size
            $fact
            return {"size": size}


        $other
        """,
        Variant("read-by-another-route", "", "@app.get('/texts/<key>')\ndef get(key):\n    return ($NAME / key).read_text()"),
        Variant("removed-by-the-same-call", "($NAME / key).unlink()"),
    ),
    Pair(
        "memoized",
        FLASK,
        """
        import functools
        import os
        import redis

        store = redis.Redis.from_url(os.environ["REDIS_URL"])


        @functools.lru_cache(maxsize=100)  # made
        def $name(key):
            return $fact


        @app.get("/labels/<key>")
        def one(key):
            return {"label": $name(key)}
        """,
        Variant("read-of-shared-data", "store.hget('labels', key)"),
        Variant("pure-function", "key.strip().upper()"),
        severity="warning",
    ),
)
