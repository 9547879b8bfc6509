import os
import tempfile
from pathlib import Path

from flask import Flask, jsonify, request, send_from_directory
from werkzeug.utils import secure_filename

from gallery.thumbnails import shrink

app = Flask(__name__)
UPLOADS = Path("uploads")


@app.post("/photos")
def upload():
    photo = request.files["photo"]
    name = secure_filename(photo.filename)
    photo.save(UPLOADS / name)
    return jsonify(name=name), 201


@app.get("/photos/<name>")
def show(name):
    return send_from_directory(UPLOADS, name)


@app.post("/thumbnails")
def thumbnail():
    with tempfile.NamedTemporaryFile(suffix=".jpg") as scratch:
        request.files["photo"].save(scratch.name)
        return shrink(scratch.name)


@app.post("/convert")
def convert():
    handle, path = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as scratch:
            scratch.write(request.get_data())
        return shrink(path)
    finally:
        os.unlink(path)


@app.get("/healthz")
def healthz():
    return "ok"
