HANDLERS = {}
FORMATS = {}
PLUGINS = []
COUNTRIES = {}


def handler(name):
    def register(function):
        HANDLERS[name] = function
        return function

    return register


def add_format(name, mime):
    FORMATS[name] = mime


add_format("csv", "text/csv")
add_format("json", "application/json")


class Plugin:
    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        PLUGINS.append(cls)
