from flask_caching import Cache
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_session import Session
from flask_socketio import SocketIO
from flask_sqlalchemy import SQLAlchemy

from .stores import OrderFeed, Reservations

db = SQLAlchemy()
cache = Cache()
limiter = Limiter(key_func=get_remote_address)
server_session = Session()
socketio = SocketIO(async_mode="threading")

reservations = Reservations()
order_feed = OrderFeed()
