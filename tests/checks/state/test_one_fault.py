"""What is changed together is one finding; what different functions change is one each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.checks.analysed import analysed

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
from flask import Flask, request
app = Flask(__name__)
@app.get("/health")
def health(): return {}
"""
TABLE_AND_INDEX = """
class Book:
    def __init__(self):
        self.entries = {}
        self.by_name = {}
    def add(self, key, name):
        self.entries[key] = name
        self.by_name[name] = key
book = Book()
@app.post("/<key>")
def add(key):
    book.add(key, request.form["name"])
    return {}
@app.get("/<key>")
def get(key): return {"name": book.entries[key]}
@app.get("/named/<name>")
def named(name): return {"key": book.by_name[name]}
"""
TWO_TABLES = """
class Book:
    def __init__(self):
        self.entries = {}
        self.notes = {}
    def add(self, key, name):
        self.entries[key] = name
    def note(self, key, text):
        self.notes[key] = text
book = Book()
@app.post("/<key>")
def add(key):
    book.add(key, request.form["name"])
    return {}
@app.post("/<key>/note")
def note(key):
    book.note(key, request.form["text"])
    return {}
@app.get("/<key>")
def get(key): return {"name": book.entries[key], "note": book.notes[key]}
"""
ONE_STORE = """
import os
class Trees:
    def __init__(self): self.folder = os.environ["TREES"]
    def make(self, name):
        os.makedirs(os.path.join(self.folder, name))
        with open(os.path.join(self.folder, name, "kind.txt"), "w") as handle:
            handle.write(request.form["kind"])
    def rename(self, name):
        with open(os.path.join(self.folder, name, "name.txt"), "w") as handle:
            handle.write(request.form["name"])
    def name(self, name):
        with open(os.path.join(self.folder, name, "name.txt")) as handle:
            return handle.read()
    def kind(self, name):
        with open(os.path.join(self.folder, name, "kind.txt")) as handle:
            return handle.read()
trees = Trees()
@app.post("/<name>")
def make(name):
    trees.make(name)
    return {}
@app.put("/<name>")
def rename(name):
    trees.rename(name)
    return {}
@app.get("/<name>")
def get(name): return {"name": trees.name(name), "kind": trees.kind(name)}
"""


def _symbols(folder: Path, body: str, item: str) -> list[str]:
    return [found.symbol for found in analysed(folder, HEAD + body).findings if found.item == item]


def test_a_table_and_its_index_are_one_fault(tmp_path: Path) -> None:
    found = [one for one in analysed(tmp_path, HEAD + TABLE_AND_INDEX).findings if one.item == "state"]
    assert [one.symbol for one in found] == ["Book.entries"]
    assert any("by_name" in note for note in found[0].notes)


def test_tables_that_different_functions_fill_are_two(tmp_path: Path) -> None:
    assert _symbols(tmp_path, TWO_TABLES, "state") == ["Book.entries", "Book.notes"]


def test_the_files_of_one_store_are_one_fault(tmp_path: Path) -> None:
    found = [one for one in analysed(tmp_path, HEAD + ONE_STORE).findings if one.item == "files"]
    assert len(found) == 1
    assert {span.line for span in found[0].spans} | {found[0].line} >= {12, 15}


def test_files_below_two_folders_are_two(tmp_path: Path) -> None:
    body = ONE_STORE.replace('self.folder = os.environ["TREES"]', 'self.folder, self.names = os.environ["TREES"], os.environ["NAMES"]')
    body = body.replace('os.path.join(self.folder, name, "name.txt")', 'os.path.join(self.names, name, "name.txt")')
    assert len(_symbols(tmp_path, body, "files")) == 2
