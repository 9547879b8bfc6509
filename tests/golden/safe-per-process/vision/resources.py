import re
import threading

import httpx
from prometheus_client import Counter
from sentence_transformers import SentenceTransformer

REQUESTS = Counter("requests_total", "Requests", ["path"])
_patterns = {}
_clients = {}
_model = None
_model_lock = threading.Lock()
_client = None


def model():
    global _model
    if _model is None:
        with _model_lock:
            if _model is None:
                _model = SentenceTransformer("all-MiniLM-L6-v2")
    return _model


def http_client():
    global _client
    if _client is None:
        _client = httpx.AsyncClient(timeout=10)
    return _client


def client_for(host):
    if host not in _clients:
        _clients[host] = httpx.AsyncClient(base_url=host)
    return _clients[host]


def pattern(text):
    if text not in _patterns:
        _patterns[text] = re.compile(text)
    return _patterns[text]
