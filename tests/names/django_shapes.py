"""Pairs of programs in Django."""

from __future__ import annotations

from typing import Final

from tests.names.shapes import DJANGO, Pair, Variant

_MIDDLEWARE: Final = """
        class Middleware:
            def __init__(self, get_response):
                self.get_response = get_response

            def __call__(self, request):
                return self.get_response(request)
"""
DJANGO_PAIRS: Final = (
    Pair(
        "class-body",
        DJANGO,
        f"""
        class Board:
            $fact

            def write(self, key, text):
                self.$name[key] = text

            def read(self):
                return self.$name


        def put(request, key):
            board = Board()
            board.write(key, request.POST["text"])
            return JsonResponse(board.read())


        def get(request, key):
            return JsonResponse({{"key": key, "lines": len(Board().read())}})

{_MIDDLEWARE}
        """,
        Variant("holds-a-dict", "$name = {}  # made"),
        Variant("leaves-it-to-the-instance", "def __init__(self):\n    self.$name = {}"),
    ),
    Pair(
        "default",
        DJANGO,
        f"""
        def kept(key, text, $name=$fact):  # made
            $other
            $name.setdefault(key, []).append(text)
            return $name[key]


        def put(request, key):
            return JsonResponse({{"lines": kept(key, request.POST["text"])}})


        def get(request, key):
            return JsonResponse({{"key": key}})

{_MIDDLEWARE}
        """,
        Variant("made-once", "{}"),
        Variant("made-by-each-call", "None", "$name = {} if $name is None else $name"),
    ),
    Pair(
        "middleware",
        DJANGO,
        """
        class Middleware:
            def __init__(self, get_response):
                self.get_response = get_response
                self.$name = 0  # made

            def __call__(self, request):
                $fact
                response = self.get_response(request)
                response["X-Number"] = str(self.$name)
                return response


        def put(request, key):
            return JsonResponse({"key": key})


        def get(request, key):
            return JsonResponse({"key": key})
        """,
        Variant("counts", "self.$name += 1"),
        Variant("begins-anew", "self.$name = len(request.path)"),
    ),
    Pair(
        "texts",
        DJANGO,
        f"""
        import os
        import redis

        store = redis.Redis.from_url(os.environ["REDIS_URL"])
        $NAME = {{}}  # made


        def put(request, key):
            $fact
            return JsonResponse({{"key": key}})


        def get(request, key):
            return JsonResponse({{"text": $other}})

{_MIDDLEWARE}
        """,
        Variant("in-the-process", "$NAME[key] = request.POST['text']", "$NAME.get(key)"),
        Variant("in-redis", "store.hset('texts', key, request.POST['text'])", "store.hget('texts', key)"),
    ),
    Pair(
        "method",
        DJANGO,
        f"""
        import logging
        import time


        class Door:
            def __init__(self):
                self.since = None  # made

            def $name(self):
                self.since = time.time()


        door = Door()


        def put(request, key):
            door.$name()
            return JsonResponse({{"key": key}})


        def get(request, key):
            $fact

{_MIDDLEWARE}
        """,
        Variant("whose-effect-is-answered", "return JsonResponse({'since': door.since})"),
        Variant("whose-effect-is-only-logged", "logging.info('since %s', door.since)\nreturn JsonResponse({'key': key})"),
    ),
)
