def collect(tag, known=None):
    known = known or []
    known.append(tag)
    return known
