import os

import redis
from flask_caching import Cache
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_session import Session
from flask_sqlalchemy import SQLAlchemy
from rq import Queue

db = SQLAlchemy()
cache = Cache()
limiter = Limiter(key_func=get_remote_address)
server_session = Session()

redis_client = redis.Redis.from_url(os.environ["REDIS_URL"])
mail_queue = Queue("mail", connection=redis_client)
