from collections import Counter

HITS = Counter()


def count(path):
    HITS[path] += 1
