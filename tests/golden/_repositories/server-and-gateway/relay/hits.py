HITS = {}


def count(name):
    HITS[name] = HITS.get(name, 0) + 1
    return HITS[name]
