import tornado.ioloop
import tornado.web

from chat.handlers import HealthHandler, MessageHandler, RoomSocket


class ChatApplication(tornado.web.Application):
    def __init__(self):
        super().__init__(
            [
                (r"/healthz", HealthHandler),
                (r"/messages/(\w+)", MessageHandler),
                (r"/rooms/(\w+)", RoomSocket),
            ]
        )
        self.messages = {}


def main():
    ChatApplication().listen(8000)
    tornado.ioloop.IOLoop.current().start()


if __name__ == "__main__":
    main()
