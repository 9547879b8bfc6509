from pipeline.registry import Plugin, handler


@handler("upper")
def upper(text):
    return text.upper()


@handler("lower")
def lower(text):
    return text.lower()


class Trim(Plugin):
    def run(self, text):
        return text.strip()
