_cache = {}
calls = 0


class Stemmer:
    def __init__(self):
        self.seen = {}

    def add(self, word):
        self.seen[word] = stem(word)


def stem(word):
    global calls
    calls += 1
    if word not in _cache:
        _cache[word] = word.rstrip("s")
    return _cache[word]


default = Stemmer()
