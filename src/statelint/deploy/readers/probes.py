"""Health checks: the HTTP path and port in what a platform runs or asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.model import Probe, ProbeKind, SourceRange

if TYPE_CHECKING:
    from statelint.deploy.formats.yamldoc import Node

_URL: Final = re.compile(
    r"https?://(?:\[[^\]\s]{1,50}\]|[^\s/:\"'?#)]{1,200})(?::([^\s/\"'?#)]{1,50}))?(/[^\s\"'?#;|)&`\\]{0,500})?", re.IGNORECASE
)
_BARE: Final = re.compile(
    r"(?:^|[\s\"'])(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::([0-9]{1,5}|\$\S{1,40}))?(/[^\s\"'?#;|)&`\\]{0,500})?(?=$|[\s\"';|)&])"
)
_DJANGO: Final = re.compile(r"manage\.py\s+(health_check|check)\b")
_MAX_COMMAND: Final = 4_000


def probe_of(kind: ProbeKind, command: str, place: SourceRange) -> Probe:
    """Return the check that a command makes: an HTTP check when it asks for a URL of this machine, else the command itself."""
    text = command[:_MAX_COMMAND]
    match = _URL.search(text) or (_BARE.search(text) if re.search(r"\b(curl|wget|http|https|xh)\b", text) else None)
    if match is None:
        return Probe(kind, None, text.strip(), None, place)
    return Probe(kind, match[2] or "/", text.strip(), number(match[1]), place)


def number(text: str | None) -> int | None:
    """Return a port given as digits, or as a shell variable with a default (`${PORT:-8000}`)."""
    match = re.fullmatch(r"([0-9]{1,5})|\$\{\w+:?-([0-9]{1,5})\}", text or "")
    return int(match[1] or match[2]) if match else None


def path_of(text: str) -> str:
    """Return the path of a URL or path, without query and fragment."""
    match = _URL.match(text)
    path = (match[2] or "/") if match else text
    path = re.split(r"[?#]", path, maxsplit=1)[0]
    return path if path.startswith("/") else f"/{path}"


def kubernetes_probe(kind: ProbeKind, node: Node, named: dict[str, int], place: SourceRange) -> Probe | None:
    """Return a container's probe; `named` gives the numbers of its named ports."""
    if node.get("httpGet") is not None:
        port = node.text("httpGet", "port")
        return Probe(kind, path_of(node.text("httpGet", "path") or "/"), "", named.get(port or "") or number(port), place)
    command = " ".join(node.strings("exec", "command"))
    if command:
        return probe_of(kind, command, place)
    if node.get("tcpSocket") is not None:
        port = node.text("tcpSocket", "port")
        return Probe(kind, None, "tcp", named.get(port or "") or number(port), place)
    return Probe(kind, None, "grpc", node.number("grpc", "port"), place) if node.get("grpc") is not None else None
