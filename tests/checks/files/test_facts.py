"""What decides about a file, in pairs: the harmless file, and the nearest that is a fault, its line marked `# here`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import file_lines

if TYPE_CHECKING:
    from pathlib import Path

SCRATCH = {
    "an archive that is removed as well": (
        """
        import uuid

        @app.post("/pack")
        def pack():
            folder = os.path.join("/srv/packs", str(uuid.uuid4()))
            packed = shutil.make_archive(folder, "zip", folder)
            shutil.rmtree(folder)
            size = os.path.getsize(packed)
            os.remove(packed)
            return {"size": size}
        """,
        """
        import uuid

        @app.post("/pack")
        def pack():
            folder = os.path.join("/srv/packs", str(uuid.uuid4()))
            packed = shutil.make_archive(folder, "zip", folder)  # here
            shutil.rmtree(folder)
            return {"path": packed}
        """,
    ),
    "a folder that is removed when its object is left": (
        """
        class Scratch(str):
            def __enter__(self):
                return self

            def __exit__(self, *raised):
                if os.path.exists(self):
                    shutil.rmtree(self)

        def fetch(folder):
            with open(os.path.join(folder, "part"), "wb") as handle:
                handle.write(request.data)

        @app.post("/parts")
        def parts():
            with Scratch("/srv/parts") as folder:
                fetch(folder)
            return {}
        """,
        """
        class Kept(str):
            def __enter__(self):
                os.makedirs(self, exist_ok=True)
                return self

            def __exit__(self, *raised):
                pass

        def fetch(folder):
            with open(os.path.join(folder, "part"), "wb") as handle:  # here
                handle.write(request.data)

        @app.post("/parts")
        def parts():
            with Kept("/srv/parts") as folder:
                fetch(folder)
            return {}
        """,
    ),
    "a folder that a context manager of the project removes": (
        """
        import contextlib
        import uuid
        from pathlib import Path

        @contextlib.contextmanager
        def place():
            folder = Path("/srv/work") / uuid.uuid4().hex
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder)

        class Writer:
            def __init__(self, folder):
                self.folder = folder

            def write(self, data):
                target = self.folder / "a.bin"
                target.write_bytes(data)
                return len(data)

        @app.post("/measure")
        def measure():
            with place() as folder:
                return {"size": Writer(folder).write(request.data)}
        """,
        """
        import contextlib
        import uuid
        from pathlib import Path

        @contextlib.contextmanager
        def place():
            folder = Path("/srv/work") / uuid.uuid4().hex
            folder.mkdir()
            try:
                yield folder
            finally:
                print(folder)

        class Writer:
            def __init__(self, folder):
                self.folder = folder

            def write(self, data):
                target = self.folder / "a.bin"
                target.write_bytes(data)  # here
                return len(data)

        @app.post("/measure")
        def measure():
            with place() as folder:
                return {"size": Writer(folder).write(request.data)}
        """,
    ),
    "a helper that makes room before it gives the path": (
        """
        def room(name):
            path = "/srv/parts/" + name
            yield path
            os.remove(path)

        @app.post("/parts/<name>")
        def keep(name):
            for path in room(name):
                with open(path, "wb") as handle:
                    handle.write(request.data)
            return {}
        """,
        """
        def room(name):
            path = "/srv/parts/" + name
            if os.path.exists(path):
                os.remove(path)
            return path

        @app.post("/parts/<name>")
        def keep(name):
            with open(room(name), "wb") as handle:  # here
                handle.write(request.data)
            return {}
        """,
    ),
    "an archive in what a storage has opened": (
        """
        import zipfile

        class Packed:
            def __init__(self, inner):
                self.inner = inner

            def put(self, data):
                with zipfile.ZipFile(self.inner, "w") as archive:
                    archive.writestr("content", data)

            def get(self):
                self.inner.seek(0)
                return self.inner.read()

        @app.post("/packed")
        def pack():
            from stores import artefacts
            packed = Packed(artefacts.open("a"))
            packed.put(request.data)
            return packed.get()
        """,
        """
        import zipfile

        class Packed:
            def __init__(self, inner):
                self.inner = inner

            def put(self, data):
                with zipfile.ZipFile(self.inner, "w") as archive:  # here
                    archive.writestr("content", data)

            def get(self):
                return str(self.inner)

        @app.post("/packed")
        def pack():
            packed = Packed("/srv/packed/" + request.args["name"])
            packed.put(request.data)
            return packed.get()
        """,
    ),
    "a buffer that a caller hands in": (
        """
        import io
        import zipfile

        def pack(target, data):
            with zipfile.ZipFile(target, "w") as archive:
                archive.writestr("content", data)

        @app.post("/packed")
        def packed():
            memory = io.BytesIO()
            pack(memory, request.data)
            return memory.getvalue()
        """,
        """
        import io
        import zipfile

        def pack(target, data):
            with zipfile.ZipFile(target, "w") as archive:
                archive.writestr("content", data)

        @app.post("/packed")
        def packed():
            buffer = "/srv/packed/" + request.args["name"]
            pack(buffer, request.data)  # here
            return {}
        """,
    ),
}
COPIES = {
    "a shipped file that is copied where it is missing": (
        """
        from pathlib import Path

        SHIPPED = Path(__file__).parent / "page.html"
        FOLDER = Path(os.environ["DATA"])

        @app.get("/page")
        def page():
            target = FOLDER / "page.html"
            if not target.exists():
                shutil.copyfile(SHIPPED, target)
            return target.read_text()
        """,
        """
        from pathlib import Path

        FOLDER = Path(os.environ["DATA"])

        @app.post("/page")
        def page():
            target = FOLDER / "page.html"
            if not target.exists():
                request.files["page"].save(target)  # here
            return {}

        @app.get("/page")
        def shown():
            return (FOLDER / "page.html").read_text()
        """,
    ),
    "fetched again by a helper that everybody asks": (
        """
        import requests

        def model(name):
            path = os.path.join("/srv/models", name)
            if not os.path.isfile(path):
                data = requests.get("https://models.example/" + name).content
                with open(path, "wb") as handle:
                    handle.write(data)
            return path

        @app.get("/size/<name>")
        def size(name):
            return {"size": os.path.getsize(model(name))}

        @app.get("/model/<name>")
        def download(name):
            path = model(name)
            return send_file(os.path.join("/srv/models", name))
        """,
        """
        import requests

        @app.post("/model/<name>")
        def fetch(name):
            path = os.path.join("/srv/models", name)
            if not os.path.isfile(path):
                data = requests.get("https://models.example/" + name).content
                with open(path, "wb") as handle:  # here
                    handle.write(data)
            return {}

        @app.get("/model/<name>")
        def download(name):
            return send_file(os.path.join("/srv/models", name))
        """,
    ),
    "drawn from a key that names it": (
        """
        import hashlib

        @app.get("/label")
        def label():
            text = request.args["text"]
            path = "/srv/labels/" + hashlib.sha256(text.encode()).hexdigest()
            if not os.path.exists(path):
                with open(path, "w") as handle:
                    handle.write("<svg>" + text + "</svg>")
            return send_file(path)
        """,
        """
        import hashlib

        @app.post("/label")
        def label():
            text = request.get_data()
            path = "/srv/labels/" + request.args["key"]
            if not os.path.exists(path):
                with open(path, "wb") as handle:  # here
                    handle.write(text)
            return send_file(path)
        """,
    ),
    "a configuration that each process writes once": (
        """
        from functools import cache

        @cache
        def configured():
            with open("/srv/run/tool.conf", "w") as handle:
                handle.write("folder = " + os.environ["DATA"])
            return "/srv/run/tool.conf"

        @app.get("/tool")
        def tool():
            return {"at": configured()}
        """,
        """
        from functools import cache
        import secrets

        @cache
        def configured():
            with open("/srv/run/tool.conf", "w") as handle:  # here
                handle.write("key = " + secrets.token_hex())
            return "/srv/run/tool.conf"

        @app.get("/tool")
        def tool():
            return send_file(configured())

        @app.get("/key")
        def key():
            return send_file("/srv/run/tool.conf")
        """,
    ),
}
READERS = {
    "a record that nobody reads": (
        """
        FOLDER = os.environ["RECORDS"]

        @app.post("/seen/<name>")
        def seen(name):
            with open(os.path.join(FOLDER, name), "w") as handle:
                handle.write(request.args["text"])
            return {}
        """,
        """
        FOLDER = os.environ["RECORDS"]

        @app.post("/seen/<name>")
        def seen(name):
            with open(os.path.join(FOLDER, name), "w") as handle:  # here
                handle.write(request.args["text"])
            return {}

        @app.get("/seen/<name>")
        def shown(name):
            return open(os.path.join(FOLDER, name)).read()
        """,
    ),
    "stale files that are tidied up": (
        """
        FOLDER = os.environ["RECORDS"]

        @app.post("/seen/<name>")
        def seen(name):
            with open(os.path.join(FOLDER, name), "w") as handle:
                handle.write(request.args["text"])
            return {}

        @app.after_request
        def tidy(answer):
            drop()
            return answer

        def drop():
            for name in os.listdir(FOLDER):
                os.remove(os.path.join(FOLDER, name))
        """,
        """
        FOLDER = os.environ["RECORDS"]

        @app.post("/seen/<name>")
        def seen(name):
            with open(os.path.join(FOLDER, name), "w") as handle:  # here
                handle.write(request.args["text"])
            return {}

        @app.get("/seen")
        def listed():
            return {"names": os.listdir(FOLDER)}
        """,
    ),
}
ONE_FILE = {
    "written twice, moved and removed beside it": (
        """
        @app.post("/notes/<name>")
        def note(name):
            path = "/srv/notes/" + name
            with open(path, "wb") as handle:
                handle.write(request.data)
            os.remove(path)
            return {}
        """,
        """
        FOLDER = "/srv/notes"

        @app.post("/notes/<name>")
        def note(name):
            path = os.path.join(FOLDER, name)
            if request.args.get("append"):
                with open(path, "ab") as handle:  # here
                    handle.write(request.data)
            else:
                with open(path, "wb") as handle:
                    handle.write(request.data)
            return {}

        @app.get("/notes/<name>")
        def shown(name):
            return send_file(os.path.join(FOLDER, name))

        @app.delete("/notes/<name>")
        def forget(name):
            os.remove(os.path.join(FOLDER, name))
            return {}
        """,
    ),
}
HANDED = {
    "the path that a task returns": (
        """
        from celery import shared_task
        import boto3

        bucket = boto3.client("s3")

        @shared_task
        def export(number):
            path = f"/srv/exports/{number}.csv"
            with open(path, "w") as handle:
                handle.write("a;b")
            bucket.upload_file(path, "exports", f"{number}.csv")
            os.remove(path)
            return f"{number}.csv"

        @app.post("/export/<number>")
        def start(number):
            return {"id": export.delay(number).id}
        """,
        """
        from celery import shared_task

        @shared_task
        def export(number):
            path = f"/srv/exports/{number}.csv"
            with open(path, "w") as handle:  # here
                handle.write("a;b")
            return path

        @app.post("/export/<number>")
        def start(number):
            return {"id": export.delay(number).id}
        """,
    ),
    "a temporary file whose path goes to a task": (
        """
        from celery import shared_task

        @shared_task
        def convert(data):
            print(len(data))

        @app.post("/convert")
        def start():
            folder = tempfile.mkdtemp()
            path = os.path.join(folder, "in.bin")
            with open(path, "wb") as handle:
                handle.write(request.data)
            with open(path, "rb") as handle:
                convert.delay(handle.read())
            shutil.rmtree(folder)
            return {}
        """,
        """
        from celery import shared_task

        @shared_task
        def convert(path):
            print(open(path).read())

        @app.post("/convert")
        def start():
            folder = tempfile.mkdtemp()
            path = os.path.join(folder, "in.bin")
            with open(path, "wb") as handle:
                handle.write(request.data)
            convert.delay(path)  # here
            return {}
        """,
    ),
    "an object that carries the path from one task to another": (
        """
        from celery import Celery
        from dataclasses import dataclass
        from pathlib import Path
        import pikepdf
        import boto3

        celery = Celery("jobs")
        bucket = boto3.client("s3")

        @dataclass
        class Job:
            key: str

        @celery.task
        def read(job):
            print(job.key)

        @celery.task
        def split(number):
            target = Path(tempfile.mkdtemp()) / f"{number}.pdf"
            with pikepdf.open("/srv/book.pdf") as book:
                book.save(target)
            key = f"parts/{number}"
            bucket.upload_file(target, "parts", key)
            read.apply_async(kwargs={"job": Job(key=key)})

        @app.post("/split/<number>")
        def start(number):
            split.delay(number)
            return {}
        """,
        """
        from celery import Celery
        from dataclasses import dataclass
        from pathlib import Path
        import pikepdf

        celery = Celery("jobs")

        @dataclass
        class Job:
            key: Path

        @celery.task
        def read(job):
            print(job.key)

        @celery.task
        def split(number):
            target = Path(tempfile.mkdtemp()) / f"{number}.pdf"
            with pikepdf.open("/srv/book.pdf") as book:
                book.save(target)
            job = Job(key=target)
            read.apply_async(kwargs={"job": job})  # here

        @app.post("/split/<number>")
        def start(number):
            split.delay(number)
            return {}
        """,
    ),
    "a queue of this process is no other machine": (
        """
        import threading

        def convert(path):
            try:
                print(open(path).read())
            finally:
                os.remove(path)

        @app.post("/convert")
        def start():
            path = "/srv/work/" + request.args["name"]
            with open(path, "wb") as handle:
                handle.write(request.data)
            threading.Thread(target=convert, args=(path,)).start()
            convert(path)
            return {}
        """,
        """
        from rq import Queue
        from redis import Redis

        queue = Queue(connection=Redis("redis"))

        def convert(path):
            try:
                print(open(path).read())
            finally:
                os.remove(path)

        @app.post("/convert")
        def start():
            path = os.path.join(tempfile.mkdtemp(), "a")
            with open(path, "wb") as handle:
                handle.write(b"a")
            queue.enqueue(convert, path)  # here
            return {}
        """,
    ),
}
WORKERS = {
    "a report that a worker makes": (
        """
        from celery import shared_task
        from pathlib import Path

        FOLDER = Path(os.environ["REPORTS"])

        @shared_task
        def report(number):
            target = FOLDER / "report.txt"
            target.write_text(str(number))
            print(target.read_text())
            target.unlink()

        @app.post("/report/<number>")
        def start(number):
            report.delay(number)
            return {}

        @app.get("/report")
        def shown():
            return send_file(FOLDER / "report.txt")
        """,
        """
        from celery import shared_task
        from pathlib import Path

        FOLDER = Path(os.environ["REPORTS"])

        @shared_task
        def report(number):
            target = FOLDER / "report.txt"
            target.write_text(str(number))  # here

        @app.post("/report/<number>")
        def start(number):
            report.delay(number)
            return {}

        @app.get("/report")
        def shown():
            return send_file(FOLDER / "report.txt")
        """,
    ),
    "a file that waits for the next task": (
        """
        from celery import shared_task

        WAITING = "/srv/work/first.bin"

        @shared_task
        def pair(name):
            if os.path.exists(WAITING):
                os.remove(WAITING)
            shutil.copyfile("/srv/in/" + name, WAITING)
            print(open(WAITING, "rb").read())

        @app.post("/pair/<name>")
        def start(name):
            pair.delay(name)
            return {}
        """,
        """
        from celery import shared_task

        WAITING = "/srv/work/first.bin"

        @shared_task
        def pair(name):
            if os.path.exists(WAITING):
                print(open(WAITING, "rb").read())
                os.remove(WAITING)
            else:
                shutil.copyfile("/srv/in/" + name, WAITING)  # here

        @app.post("/pair/<name>")
        def start(name):
            pair.delay(name)
            return {}
        """,
    ),
    "another folder below the same root": (
        """
        FOLDER = os.environ["DATA"]

        def place(part):
            return os.path.join(FOLDER, part)

        @app.post("/seen/<name>")
        def seen(name):
            with open(os.path.join(place("seen"), name), "w") as handle:
                handle.write(request.args["text"])
            return {}

        @app.get("/pages/<name>")
        def page(name):
            return send_file(os.path.join(place("pages"), name))
        """,
        """
        FOLDER = os.environ["DATA"]

        def place(part):
            return os.path.join(FOLDER, part)

        @app.post("/seen/<name>")
        def seen(name):
            with open(os.path.join(place("seen"), name), "w") as handle:  # here
                handle.write(request.args["text"])
            return {}

        @app.get("/seen/<name>")
        def shown(name):
            return send_file(os.path.join(place("seen"), name))
        """,
    ),
}
REMOVED = {
    "a copy that the next who needs it makes again": (
        """
        import requests

        FOLDER = os.environ["MODELS"]

        def model(name):
            path = os.path.join(FOLDER, name)
            if not os.path.isfile(path):
                with open(path, "wb") as handle:
                    handle.write(requests.get("https://models.example/" + name).content)
            return path

        @app.get("/size/<name>")
        def size(name):
            return {"size": os.path.getsize(model(name))}

        @app.delete("/models/<name>")
        def forget(name):
            os.remove(os.path.join(FOLDER, name))
            return {}
        """,
        """
        FOLDER = os.environ["MODELS"]

        @app.post("/models/<name>")
        def keep(name):
            with open(os.path.join(FOLDER, name), "w") as handle:  # here
                handle.write(request.args["text"])
            return {}

        @app.get("/size/<name>")
        def size(name):
            return {"size": os.path.getsize(os.path.join(FOLDER, name))}

        @app.delete("/models/<name>")
        def forget(name):
            os.remove(os.path.join(FOLDER, name))
            return {}
        """,
    ),
}
PAIRS = {**SCRATCH, **COPIES, **READERS, **ONE_FILE, **HANDED, **WORKERS, **REMOVED}


@pytest.mark.parametrize(("harmless", "_fault"), PAIRS.values(), ids=PAIRS)
def test_harmless_files(tmp_path: Path, harmless: str, _fault: str) -> None:
    assert file_lines(tmp_path, harmless, ("SL0201", "SL0204")) == ([], [])


@pytest.mark.parametrize(("_harmless", "fault"), PAIRS.values(), ids=PAIRS)
def test_nearest_faults(tmp_path: Path, _harmless: str, fault: str) -> None:
    lines, expected = file_lines(tmp_path, fault, ("SL0201", "SL0204"))
    assert expected
    assert lines == expected
