"""Ways to keep what others tell, to write files, to do work beside the requests, and some ways that do no harm.

As in `parts`, `{p}` stands for the package and `{m}` for the module.
"""

from __future__ import annotations

from tests.metamorphic.parts import Names, Part


def memo_of_changing(new: Names) -> Part:
    chain, first = new.chain("key", "return link.get(key)", most=7)
    memo = new()
    source = f"""\
from functools import lru_cache

from {{p}}.links import link


{chain}


@lru_cache
def {memo}(key):
    return {first}(key)
"""
    return Part(source, (f"{{m}}.{memo}(key)",))


def cache(new: Names) -> Part:
    chain, first = new.chain("key", 'return requests.get("https://rates.example.com/" + key, timeout=5).json()', most=7)
    store, get = new(), new()
    source = f"""\
import requests

{store} = {{}}


{chain}


def {get}(key):
    if key not in {store}:
        {store}[key] = {first}(key)
    return {store}[key]
"""
    return Part(source, (f"{{m}}.{get}(key)",))


def filled_once(new: Names) -> Part:
    chain, first = new.chain("", f'return link.get("{new()}")', most=7)
    store, get = new(), new()
    source = f"""\
from {{p}}.links import link

{store} = {{}}


{chain}


def {get}():
    if "{store}" not in {store}:
        {store}["{store}"] = {first}()
    return {store}["{store}"]
"""
    return Part(source, (f"{{m}}.{get}()",))


def file(new: Names) -> Part:
    where, put, get = new().upper(), new(), new()
    source = f"""\
from pathlib import Path

{where} = Path("/var/lib/{new()}")


def {put}(key, value):
    ({where} / key).write_text(value)


def {get}(key):
    return ({where} / key).read_text()
"""
    return Part(source, (f"{{m}}.{put}(key, text)\ntext", f"{{m}}.{get}(key)"))


def counter(new: Names) -> Part:
    name, step = new(), new()
    return Part(f"{name} = 0\n\n\ndef {step}():\n    global {name}\n    {name} += 1\n    return {name}\n", (f"{{m}}.{step}()",))


def thread(new: Names) -> Part:
    chain, first = new.chain("", 'link.lpush("{q}", "due")')
    loop, start = new(), new()
    source = f"""\
import threading
import time

from {{p}}.links import link


{chain.replace("{q}", new())}


def {loop}():
    while True:
        {first}()
        time.sleep(60)


def {start}():
    threading.Thread(target={loop}, daemon=True).start()
"""
    return Part(source, (), f"{{m}}.{start}()")


def lock(new: Names) -> Part:
    lock, step = new(), new()
    source = f"""\
from threading import Lock

from {{p}}.links import link

{lock} = Lock()


def {step}(key):
    with {lock}:
        left = int(link.get(key) or 0)
        link.set(key, left + 1)
    return left
"""
    return Part(source, (f"{{m}}.{step}(key)",))


def queue(new: Names) -> Part:
    jobs, work, start, put = new(), new(), new(), new()
    source = f"""\
import queue
import threading

from {{p}}.links import link

{jobs} = queue.Queue()


def {work}():
    while True:
        key, value = {jobs}.get()
        link.set(key, value)


def {put}(key, value):
    {jobs}.put((key, value))


def {start}():
    threading.Thread(target={work}, daemon=True).start()
"""
    return Part(source, (f"{{m}}.{put}(key, text)\ntext",), f"{{m}}.{start}()")


def secret(new: Names) -> Part:
    secret, sign = new().upper(), new()
    source = f"""\
import hashlib
import hmac
import secrets

{secret} = secrets.token_bytes(32)


def {sign}(text):
    return hmac.new({secret}, text.encode(), hashlib.sha256).hexdigest()
"""
    return Part(source, (f"{{m}}.{sign}(text)",))


def by_name(new: Names) -> Part:
    """Objects that plug-ins hand in, of which nothing is known but the names of their methods."""
    name, attribute, known, add, keep, take = new().title(), new(), new(), new(), new(), new()
    source = f"""\
{known} = []


def {add}(thing):
    {known}.append(thing)


class {name}:
    {attribute} = {{}}

    def {keep}(self, key, value):
        self.{attribute}[key] = value

    def {take}(self, key):
        return self.{attribute}[key]


def {keep}(key, value):
    for thing in {known}:
        thing.{keep}(key, value)


def {take}(key):
    return [thing.{take}(key) for thing in {known}]
"""
    return Part(source, (f"{{m}}.{keep}(key, text)\ntext", f"{{m}}.{take}(key)"))


def registry(new: Names) -> Part:
    known, register, one, other, run = new(), new(), new(), new(), new()
    source = f"""\
{known} = {{}}


def {register}(function):
    {known}[function.__name__] = function
    return function


@{register}
def {one}(value):
    return value.upper()


@{register}
def {other}(value):
    return value.lower()


def {run}(key, value):
    return {known}[key](value)
"""
    return Part(source, (f"{{m}}.{run}(key, text)",))


def memo_of_key(new: Names) -> Part:
    chain, first = new.chain("value", "return value.casefold()")
    memo = new()
    return Part(
        f"from functools import lru_cache\n\n\n{chain}\n\n\n@lru_cache\ndef {memo}(value):\n    return {first}(value)\n",
        (f"{{m}}.{memo}(text)",),
    )


def shared(new: Names) -> Part:
    name, thing = new().title(), new()
    source = f"""\
from {{p}}.links import link


class {name}:
    def put(self, key, value):
        link.set(key, value)

    def get(self, key):
        return link.get(key)


{thing} = {name}()
"""
    return Part(source, (f"{{m}}.{thing}.put(key, text)\ntext", f"{{m}}.{thing}.get(key)"))


def of_the_request(new: Names) -> Part:
    name, attribute, work = new().title(), new(), new()
    source = f"""\
class {name}:
    def __init__(self):
        self.{attribute} = {{}}

    def put(self, key, value):
        self.{attribute}[key] = value

    def save(self):
        return sorted(self.{attribute}.items())


def {work}(key, value):
    made = {name}()
    made.put(key, value)
    return made.save()
"""
    return Part(source, (f"{{m}}.{work}(key, text)",))
