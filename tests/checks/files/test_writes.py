"""Files of one instance: what a later request needs, and what the same call uses up. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import file_lines

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = {
    "told at the call that names the file": """
        def store(path, data):
            with open(path, "wb") as handle:
                handle.write(data)

        @app.post("/avatars")
        def avatar():
            store("/srv/avatars/" + request.args["name"], request.data)  # here
            return {}
        """,
    "handed to what leads to a removal of something else": """
        def discard(path):
            os.remove(path)

        def log(path):
            print(path)
            tidy()

        def tidy():
            discard("/srv/work/old")

        @app.post("/convert")
        def run():
            path = "/srv/work/" + request.args["name"]
            with open(path, "wb") as handle:  # here
                handle.write(request.data)
            log(path)
            return {}
        """,
    "handed to an object that removes others": """
        class Kept:
            def keep(self, path):
                self.last = path
                self.trim()

            def trim(self):
                self.drop()

            def drop(self):
                os.remove("/srv/work/old")

        kept = Kept()

        @app.post("/convert")
        def run():
            path = "/srv/work/" + request.args["name"]
            with open(path, "wb") as handle:  # here
                handle.write(request.data)
            kept.keep(path)
            return {}
        """,
    "removed far down, but not always": """
        def discard(path):
            os.remove(path)

        def perhaps(path):
            if request.args.get("discard"):
                discard(path)

        def finish(path):
            perhaps(path)

        @app.post("/convert")
        def run():
            path = "/srv/work/" + request.args["name"]
            with open(path, "wb") as handle:  # here
                handle.write(request.data)
            finish(path)
            return {}
        """,
    "removed far up, but not by everybody": """
        def write(path):
            with open(os.path.join(path, "data.bin"), "wb") as handle:  # here
                handle.write(request.data)

        def fourth(path):
            write(path)

        def third(path):
            fourth(path)

        def second(path):
            third(path)

        def first(path):
            second(path)

        @app.post("/convert")
        def run():
            path = "/srv/work/" + request.args["name"]
            try:
                first(path)
            finally:
                shutil.rmtree(path)
            return {}

        @app.post("/keep")
        def keep():
            third("/srv/work/" + request.args["name"])
            return {}
        """,
    "an upload in a list that has a name": """
        def save_all(files, folder):
            for one in files:
                path = os.path.join(folder, one.filename)
                one.save(path)  # here

        @app.post("/books")
        def upload():
            files = request.files.getlist("book")
            save_all(files, "/srv/books")
            return {}
        """,
    "an answer that a later request may ask for again": """
        @app.post("/speech/<name>")
        def speech(name):
            path = "/srv/speech/" + name
            if os.path.exists(path):
                return send_file(path)
            with open(path, "wb") as handle:  # here
                handle.write(request.data)
            return send_file(path)
        """,
}
NOT_WRITTEN = {
    "an archive that is written into the response": """
        from typing import cast
        from zipfile import ZipFile
        from django.http import HttpResponse

        @app.get("/archive")
        def archive():
            response = HttpResponse(content_type="application/zip")
            with ZipFile(cast("BinaryIO", response), "w") as handle:
                handle.writestr("a", "b")
            return response
        """,
    "what the request is answered with": """
        @app.get("/backup")
        def backup():
            name = "backup"
            shutil.make_archive(name, "zip", "/srv/data")
            return send_file(f"{name}.zip")
        """,
    "a file that another store has opened": """
        import numpy
        from stores import artefacts

        @app.post("/arrays")
        def save():
            with artefacts.open("array", "wb") as handle:
                numpy.save(handle, [1, 2])
            return {}
        """,
    "a lock": """
        import fcntl

        class Handler:
            def __init__(self, path):
                self._path = path + ".lock"

            def take(self):
                handle = open(self._path, "w")
                fcntl.flock(handle, fcntl.LOCK_EX)
                return handle

        handler = Handler("/var/run/app")

        @app.post("/rotate")
        def rotate():
            handler.take()
            return {}
        """,
    "options may name a file": """
        import pandas

        def as_csv(frame: pandas.DataFrame, **options):
            return frame.to_csv(escapechar="x", **options)

        @app.get("/table")
        def table():
            return as_csv(pandas.DataFrame())
        """,
    "removed far down": """
        class Work:
            def discard(self, path):
                self._discard(path)

            def _discard(self, path):
                os.remove(path)

        work = Work()

        def third(name):
            path = os.fspath(name)
            work.discard(path)

        def second(path):
            third(name=path)

        def first(path):
            try:
                print(path)
            finally:
                second(path)

        @app.post("/convert")
        def run():
            path = "/srv/work/" + request.args["name"]
            with open(path, "wb") as handle:
                handle.write(request.data)
            first(path)
            return {}
        """,
    "removed far up": """
        def write(path):
            with open(os.path.join(path, "data.bin"), "wb") as handle:
                handle.write(request.data)

        def fourth(path):
            write(path)

        def third(path):
            fourth(path)

        def second(path):
            third(path)

        def first(path):
            second(path)

        @app.post("/convert")
        def run():
            path = "/srv/work/" + request.args["name"]
            try:
                first(path)
            finally:
                shutil.rmtree(path)
            return {}
        """,
    "removed by the caller": """
        def convert(path):
            with open(path, "wb") as handle:
                handle.write(request.data)

        @app.post("/convert")
        def run():
            path = "/srv/work/" + request.args["name"]
            convert(path)
            os.remove(path)
            return {}
        """,
}


@pytest.mark.parametrize("body", WRITTEN.values(), ids=WRITTEN)
def test_files_that_are_needed_later(tmp_path: Path, body: str) -> None:
    lines, expected = file_lines(tmp_path, body, ("SL0201",))
    assert expected
    assert lines == expected


@pytest.mark.parametrize("body", NOT_WRITTEN.values(), ids=NOT_WRITTEN)
def test_files_that_nobody_needs_later(tmp_path: Path, body: str) -> None:
    assert file_lines(tmp_path, body, ("SL0201", "SL0204")) == ([], [])
