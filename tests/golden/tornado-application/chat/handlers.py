import tornado.web
import tornado.websocket


class HealthHandler(tornado.web.RequestHandler):
    def get(self):
        self.write("ok")


class MessageHandler(tornado.web.RequestHandler):
    def get(self, room):
        self.write({"messages": self.application.messages.get(room, [])})

    def post(self, room):
        self.application.messages.setdefault(room, []).append(self.get_argument("text"))
        RoomSocket.tell(room, self.get_argument("text"))


class RoomSocket(tornado.websocket.WebSocketHandler):
    rooms = {}

    def open(self, room):
        self.room = room
        self.rooms.setdefault(room, set()).add(self)

    def on_close(self):
        self.rooms[self.room].discard(self)

    @classmethod
    def tell(cls, room, text):
        for socket in cls.rooms.get(room, ()):
            socket.write_message(text)
