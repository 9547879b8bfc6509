def shrink(path):
    with open(path, "rb") as photo:
        return photo.read()[:1000]
