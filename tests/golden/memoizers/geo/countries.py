import os

import psycopg


def country_of(code):
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        return connection.execute("SELECT name FROM countries WHERE code = %s", (code,)).fetchone()[0]
