from aiohttp import ClientSession, web

from board.keys import SCORES


async def start(app):
    app["client"] = ClientSession()
    app["countries"] = {"de": "Germany", "fr": "France"}


async def score(request):
    body = await request.json()
    request.app[SCORES][body["player"]] = body["score"]
    return web.json_response({"country": request.app["countries"].get(body["country"])})


async def scores(request):
    return web.json_response(request.app[SCORES])


async def healthz(request):
    return web.Response(text="ok")


def make_app():
    app = web.Application()
    app[SCORES] = {}
    app.on_startup.append(start)
    app.router.add_post("/scores", score)
    app.router.add_get("/scores", scores)
    app.router.add_get("/healthz", healthz)
    return app
