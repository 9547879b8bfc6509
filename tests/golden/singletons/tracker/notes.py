notes = None


class Notes:
    def __init__(self):
        self.by_user = {}

    def write(self, user, text):
        self.by_user[user] = text


def init_notes():
    global notes
    if notes is None:
        notes = Notes()
    return notes
