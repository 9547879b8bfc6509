class Ballots:
    def __init__(self):
        self.cast_by = {}

    def cast(self, user, choice):
        self.cast_by[user] = choice
