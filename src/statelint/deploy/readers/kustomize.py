"""kustomize: which manifests a kustomization builds on, and the counts and patches it lays over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from statelint.deploy.formats.sources import Source, normal
from statelint.deploy.formats.yamldoc import Node, read_document, read_documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.deploy.model import SourceRange
    from statelint.deploy.readers.common import ReadContext

_MAX_DEPTH: Final = 10
_MAX_PATCHES: Final = 200
_MAX_DOCUMENTS: Final = 1000
_COUNTS: Final = ("/spec/replicas", "/spec/minReplicas", "/spec/maxReplicas")
_IRRELEVANT: Final = ("/metadata", "/spec/rules", "/spec/tls", "/spec/type", "/spec/template/metadata", "/data")


@dataclass
class Layer:
    """A kustomization with everything below it."""

    path: str
    base: bool = False
    """Another kustomization builds on it."""
    files: set[str] = field(default_factory=set)
    documents: list[Node] = field(default_factory=list)
    replicas: dict[str, tuple[int, SourceRange]] = field(default_factory=dict)


def workload_names(documents: Sequence[Node], kinds: frozenset[str]) -> list[tuple[str, str, str]]:
    """Return what tells the workloads of some documents apart."""
    return [
        (document.text("kind") or "", document.text("metadata", "namespace") or "", document.text("metadata", "name") or "")
        for document in documents
        if (document.text("kind") or "") in kinds
    ]


def layers_of(sources: Sequence[Source], documents: dict[str, list[Node]], kit: ReadContext) -> list[Layer]:
    """Return each kustomization with the documents that it builds."""
    nodes = {source.path: node for source in sources if (node := read_document(source, kit.shelf)) is not None}
    layers = {path: Layer(path.rpartition("/")[0] or path) for path in nodes}
    for path, layer in layers.items():
        _build(layer, path, nodes, documents, kit=kit, depth=0)
    for path, node in nodes.items():
        for below in _below(path, node):
            for name in ("kustomization.yaml", "kustomization.yml"):
                if f"{below}/{name}" in layers and f"{below}/{name}" != path:
                    layers[f"{below}/{name}"].base = True
    return list(layers.values())


def _below(path: str, node: Node) -> Iterator[str]:
    folder = path.rpartition("/")[0]
    for key in ("resources", "bases", "components"):
        for written in node.strings(key):
            if "://" not in written:
                yield normal(f"{folder}/{written}" if folder else written)


def _build(layer: Layer, path: str, nodes: dict[str, Node], documents: dict[str, list[Node]], *, kit: ReadContext, depth: int) -> None:
    """Add what one kustomization names, the ones below it first."""
    if path in layer.files or depth > _MAX_DEPTH or len(layer.documents) > _MAX_DOCUMENTS:
        return
    layer.files.add(path)
    node = nodes[path]
    for below in _below(path, node):
        if below in documents:
            layer.files.add(below)
            layer.documents += documents[below]
        for file in ("kustomization.yaml", "kustomization.yml"):
            if f"{below}/{file}" in nodes:
                _build(layer, f"{below}/{file}", nodes, documents, kit=kit, depth=depth + 1)
    _patch(layer, path, node, documents, kit)
    for count in node.each("replicas"):
        number, name = count.number("count"), count.text("name")
        if number is not None and name is not None:
            layer.replicas[name] = (number, kit.place(*count.spot("count")))


def _patch(layer: Layer, path: str, node: Node, documents: dict[str, list[Node]], kit: ReadContext) -> None:
    """Lay the patches of a kustomization over its documents."""
    folder = path.rpartition("/")[0]
    patches = [
        (entry, entry.text("path") or entry.raw, entry.text("patch"), entry.get("target"))
        for key in _PATCH_KEYS
        for entry in node.each(key)
    ]
    for entry, written, inline, aim in patches[:_MAX_PATCHES]:
        where = normal(f"{folder}/{written}" if folder else written)
        found: list[Node] = []
        if inline is None and where in documents:
            found = documents[where]
            layer.files.add(where)
        else:
            source = kit.shelf.read(where) if inline is None else Source(path, inline, tuple(inline.splitlines()))
            found = read_documents(source, kit.shelf) if source is not None else []
        for patch in found:
            _apply(layer, patch, aim, entry, kit)


_PATCH_KEYS: Final = ("patches", "patchesStrategicMerge", "patchesJson6902")


def _apply(layer: Layer, patch: Node, target: Node | None, entry: Node, kit: ReadContext) -> None:
    if patch.kind == "list":
        for operation in patch.members:
            _operate(layer, operation, target, entry, kit)
        return
    kind, name = patch.text("kind"), patch.text("metadata", "name")
    for index, document in enumerate(layer.documents):
        same = document.text("kind") == kind and (
            document.text("metadata", "name") == name or (target is not None and _targets(target, document))
        )
        if same:
            layer.documents[index] = _laid(document, patch, 0)


def _operate(layer: Layer, operation: Node, target: Node | None, entry: Node, kit: ReadContext) -> None:
    """Carry out one JSON patch operation on a count; one on anything else that matters is reported."""
    pointer = operation.text("path") or ""
    if pointer not in _COUNTS:
        if not pointer.startswith(_IRRELEVANT):
            kit.shelf.warn(entry.path, entry.line, f"the JSON patch of {pointer} is not followed")
        return
    value = operation.get("value")
    key = pointer.rpartition("/")[2]
    for index, document in enumerate(layer.documents):
        if value is not None and target is not None and _targets(target, document):
            change = Node(value.line, value.path, kind="mapping", entries={key: value}, lines={key: entry.line})
            spec = Node(value.line, value.path, kind="mapping", entries={"spec": change}, lines={"spec": entry.line})
            layer.documents[index] = _laid(document, spec, 0)


def _targets(target: Node, document: Node) -> bool:
    pairs = ((target.text("kind"), document.text("kind")), (target.text("name"), document.text("metadata", "name")))
    return all(wanted is None or wanted == given for wanted, given in pairs) and any(wanted is not None for wanted, _ in pairs)


def _laid(base: Node, top: Node, depth: int) -> Node:
    """Merge as kubectl does: mappings key by key, lists of named things by name, anything else replaced."""
    if depth > _MAX_DEPTH * 2:
        return top
    if base.kind == top.kind == "mapping":
        merged = Node(base.line, base.path, kind="mapping", entries=dict(base.entries), lines=dict(base.lines))
        for key, value in top.entries.items():
            laid = _laid(base.entries[key], value, depth + 1) if key in base.entries else value
            merged.entries[key] = laid
            merged.lines[key] = top.lines[key] if laid is value else merged.lines[key]
        return merged
    if base.kind == top.kind == "list" and any(member.text("name") for member in top.members):
        named = {member.text("name"): member for member in top.members}
        members = [
            _laid(member, named.pop(member.text("name")), depth + 1) if member.text("name") in named else member for member in base.members
        ]
        return Node(base.line, base.path, kind="list", members=[*members, *named.values()])
    return top
