from aiohttp import web

SCORES = web.AppKey("scores", dict)
