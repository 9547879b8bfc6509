import os

import psycopg


def all_notes():
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        return connection.execute("select text from notes").fetchall()
