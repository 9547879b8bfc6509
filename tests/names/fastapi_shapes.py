"""Pairs of programs in FastAPI."""

from __future__ import annotations

from typing import Final

from tests.names.shapes import FASTAPI, Pair, Variant

FASTAPI_PAIRS: Final = (
    Pair(
        "list",
        FASTAPI,
        """
        $NAME = []  # made


        @app.post("/lines")
        def add(text: str):
            $fact
            $NAME.append(text)
            return {"lines": list($NAME)}
        """,
        Variant("kept", "text = text.strip()"),
        Variant("emptied-by-each-call", "$NAME.clear()"),
    ),
    Pair(
        "attribute",
        FASTAPI,
        """
        class Basket:
            def __init__(self):
                self.$name = {}  # made

            def put(self, key, price):
                self.$name[key] = price

            def sum(self):
                return sum(self.$name.values())


        basket = Basket()


        @app.post("/items/{key}")
        def put(key: str, price: int):
            used = $fact
            used.put(key, price)
            return {"sum": used.sum()}
        """,
        Variant("of-a-shared-object", "basket"),
        Variant("of-the-request's-object", "Basket()"),
    ),
    Pair(
        "holder",
        FASTAPI,
        """
        class $Name:
            def __init__(self):
                self.rows = {}  # made

            def put(self, key, price):
                self.rows[key] = price

            def sum(self):
                return sum(self.rows.values())


        shared = $Name()


        @app.post("/items/{key}")
        def put(key: str, price: int):
            used = $fact
            used.put(key, price)
            return {"sum": used.sum()}
        """,
        Variant("shared", "shared"),
        Variant("of-the-request", "$Name()"),
    ),
    Pair(
        "compared",
        FASTAPI,
        """
        import os
        import redis

        store = redis.Redis.from_url(os.environ["REDIS_URL"])
        $NAME = {}  # made


        @app.get("/pages/{key}")
        def page(key: str):
            mark = store.hget("marks", key)
            kept = $NAME.get(key)
            if kept is None or $fact:
                kept = $NAME[key] = (mark, store.hget("pages", key))
            return {"page": kept[1]}
        """,
        Variant("with-nothing", "kept[1] is None"),
        Variant("with-the-shared-mark", "kept[0] != mark"),
        severity="warning",
    ),
    Pair(
        "table",
        FASTAPI,
        """
        import os
        import redis

        store = redis.Redis.from_url(os.environ["REDIS_URL"])
        $NAME = {}  # made


        class Circle:
            kind, title = "circle", "A circle"


        class Square:
            kind, title = "square", "A square"


        def titles():
            if not $NAME:
                $fact
            return $NAME


        @app.get("/titles/{kind}")
        def title(kind: str):
            return {"title": titles().get(kind)}
        """,
        Variant("loaded-from-shared-data-on-first-use", "$NAME.update(store.hgetall('titles'))"),
        Variant("made-of-code-on-first-use", "for one in (Circle, Square):\n    $NAME[one.kind] = one.title"),
        severity="warning",
    ),
    Pair(
        "switch",
        FASTAPI,
        """
        import logging

        $NAME = False  # made


        @app.post("/shop/{closed}")
        def close(closed: bool):
            global $NAME
            $NAME = closed
            return {}


        @app.get("/orders")
        def orders():
            if $NAME:
                $fact
            return {}
        """,
        Variant("obeyed-by-another-route", "raise HTTPException(503)"),
        Variant("only-logged", "logging.info('closed')"),
    ),
    Pair(
        "scratch",
        FASTAPI,
        """
        class Page:
            def __init__(self):
                self.$name = ""  # made

            def show(self, text):
                $fact
                return self.$name


        shown = Page()


        @app.get("/")
        def home(text: str = ""):
            return {"page": shown.show(text)}
        """,
        Variant("kept-without-a-new-value", "if text:\n    self.$name = text"),
        Variant("set-by-each-call", "self.$name = text"),
    ),
    Pair(
        "state",
        FASTAPI,
        """
        @app.put("/theme")
        def change(request: Request, value: str):
            request.$fact.$name = value  # made
            return {"theme": request.$fact.$name}


        @app.get("/theme")
        def theme(request: Request):
            return {"theme": getattr(request.$fact, "$name", "plain")}
        """,
        Variant("of-the-application", "app.state"),
        Variant("of-the-request", "state"),
    ),
    Pair(
        "sockets",
        FASTAPI,
        """
        $NAME = set()  # made


        @app.websocket("/news")
        async def listen(socket: WebSocket):
            await socket.accept()
            $NAME.add(socket)
            async for text in socket.iter_text():
                await socket.send_text(text)
            $NAME.discard(socket)


        $fact
        """,
        Variant(
            "sent-to",
            "@app.post('/news')\nasync def tell(text: str):\n    for one in list($NAME):\n        await one.send_text(text)",
        ),
        Variant(
            "only-closed",
            "@app.on_event('shutdown')\nasync def stop():\n    for one in list($NAME):\n        await one.close()",
        ),
    ),
    Pair(
        "late",
        FASTAPI,
        """
        import os
        import httpx
        import redis

        store = redis.Redis.from_url(os.environ["REDIS_URL"])
        _$name = None  # made


        def used():
            global _$name
            if _$name is None:
                _$name = $fact
            return _$name


        @app.get("/")
        def home():
            return {"text": $other}
        """,
        Variant("shared-value", "store.get('greeting')", "used()"),
        Variant("client", "httpx.Client(timeout=5)", "used().get(os.environ['GREETING_URL']).text"),
        severity="warning",
    ),
    Pair(
        "told",
        FASTAPI,
        """
        import logging

        $NAME = set()  # made


        def warn(topic):
            if topic not in $NAME:
                $NAME.add(topic)
                logging.warning("%s is old", topic)


        @app.get("/pages/{topic}")
        def page(topic: str):
            warn(topic)
            return {"topic": topic, "first": $fact}
        """,
        Variant("answered", "len($NAME)"),
        Variant("only-logged", "topic[:1]"),
    ),
)
