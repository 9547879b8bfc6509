"""Entry points: functions that are called from outside the project, and the classes that frameworks make instances of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.names.nodes import Class, Function, Instance, Module
from statelint.program.routing.owners import Owners
from statelint.program.routing.paths import normalised_path, path_for_people
from statelint.survey.summary import Const, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from statelint.program.routing.routes import Group, RouteEntry
    from statelint.program.vocabulary import Vocabulary
    from statelint.rulebook.schema import Base, Role

PUBLIC_PARTS: Final = frozenset({"app", "settings", "command"})
"""The parts of a project of which the outside world may call functions."""
VERBS: Final = ("get", "post", "put", "delete", "patch", "head", "options", "trace")
VIEWSET_VERBS: Final = {"list": "GET", "create": "POST", "retrieve": "GET", "update": "PUT", "partial_update": "PATCH", "destroy": "DELETE"}
"""The methods of a view set, and what calls them."""
_RESPONDER: Final = re.compile(rf"on_({'|'.join(VERBS)}|websocket)(?:_(\w+))?")


class EntryPoint(NamedTuple):
    """A function that is called from outside the project."""

    function: Function
    role: Role
    text: str
    """How a person names it: `POST /jobs/{id}`, `middleware`, `celery task`."""
    guessed: bool = False
    """Whether nothing but what the library is handed says that it is called."""


class EntryPoints(NamedTuple):
    """Everything found, in a fixed order."""

    points: tuple[EntryPoint, ...]
    routes: tuple[RouteEntry, ...]
    """What the application serves; a router that nothing includes is left out."""
    routes_complete: bool
    """False where routes are made by code that could not be followed."""
    request_classes: frozenset[Class]
    """Classes of which the framework makes an instance for each request or connection."""
    held_classes: tuple[tuple[Class, Module, int, str], ...]
    """Classes of which the framework keeps one instance as long as the process, where, and why."""
    unfollowed: tuple[tuple[Module, int], ...] = ()
    """Where routes are made that could not be followed, by path and line."""
    mounted: frozenset[tuple[str, int, int]] = frozenset()
    """Path, line and column of the calls that make an application which hangs below another one."""
    owners: Owners = Owners()
    """Of several applications, the one that each function is registered at."""

    def seen_without(self, without: AbstractSet[Module], points: tuple[EntryPoint, ...]) -> EntryPoints:
        """Return what is left where some modules are not there and these are the entry points."""
        gone = {point.function for point in self.points} - {point.function for point in points}
        unfollowed = tuple(place for place in self.unfollowed if place[0] not in without)
        return self._replace(
            points=points,
            routes=tuple(r for r in self.routes if r.module not in without and r.handler not in gone),
            routes_complete=not unfollowed,
            held_classes=tuple(held for held in self.held_classes if held[1] not in without and held[0].module not in without),
            unfollowed=unfollowed,
        )


class Mark(NamedTuple):
    """How entry points of one registration are shown."""

    verbs: tuple[str, ...] = ()
    path: str = ""
    """The full path; "" where there is none."""
    label: str = ""
    """What stands there without a path."""
    suffix: str = ""
    """Only the responders with this suffix (`on_get_item`) belong to it."""

    @property
    def text(self) -> str:
        """`GET|POST /jobs`, or the label."""
        if not self.path:
            return self.label
        return f"{'|'.join(self.verbs)} {path_for_people(normalised_path(self.path))}".strip()


class Keep(NamedTuple):
    """How long an instance of a class that is handed over lives, and where that is said."""

    lifetime: str
    module: Module
    line: int
    methods: Sequence[str] = ()
    """What the framework calls on a class of which no base is known; empty for every public method."""


class PointBook:
    """Collects entry points; of several texts for one function, one with a path wins, else the first."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._points: dict[tuple[Function, str], tuple[bool, EntryPoint]] = {}
        self._functions: set[Function] = set()
        """The functions among the points, in whichever role."""
        self.hangs_on: Group = ()
        """The nodes that what is added now was registered at."""
        self.hanging: dict[Function, dict[object, None]] = {}
        self.request_classes: set[Class] = set()
        self._held: dict[Class, tuple[Module, int, str]] = {}

    def points(self) -> tuple[EntryPoint, ...]:
        """Return what was collected, in a fixed order."""
        return tuple(sorted((point for _, point in self._points.values()), key=_order))

    def held(self) -> tuple[tuple[Class, Module, int, str], ...]:
        """Return the classes of which the framework keeps an instance."""
        return tuple((cls, *where) for cls, where in self._held.items())

    def hold(self, cls: Class, module: Module, line: int, text: str) -> None:
        """Note that one instance of a class serves as long as the process lives."""
        self._held.setdefault(cls, (module, line, text))

    def hold_receiver(self, method: Function, keep: Keep, text: str) -> None:
        """Note that the object lives on whose method was handed over, `app.router.add_get("/", self.index)`."""
        owner = method.owner
        if owner is not None and not _is_of_class(method) and not any(base.lifetime == "request" for base in self.bases_of(owner)):
            self.hold(owner, keep.module, keep.line, text)

    def add(self, function: Function, role: Role, text: str, *, with_path: bool = False) -> None:
        """Add a function."""
        if function.module.part == "test":
            return
        if self.hangs_on:
            self.hanging.setdefault(function, {}).update(dict.fromkeys(self.hangs_on))
        known = self._points.get((function, role))
        if known is None or (with_path and not known[0]):
            self._functions.add(function)
            self._points[function, role] = (with_path, EntryPoint(function, role, text))

    def serves(self, function: Function) -> bool:
        """Whether a function is known to handle requests: what it makes is made for one of them."""
        return (function, "request") in self._points or (function, "websocket") in self._points

    def guess(self, function: Function, text: str) -> None:
        """Add a method that a library may call while it serves, unless it is known for something."""
        if function not in self._functions:
            self._functions.add(function)
            self._points[function, "request"] = (False, EntryPoint(function, "request", text, guessed=True))

    def add_target(self, target: object, role: Role, mark: Mark, keep: Keep) -> None:
        """Add a handler: a function, a class, or an instance of one."""
        if isinstance(target, Function):
            self.add(target, role, mark.text, with_path=bool(mark.path))
        elif isinstance(target, Instance):
            self.add_class(target.cls, role, mark, keep._replace(lifetime="process"))
        elif isinstance(target, Class):
            self.add_class(target, role, mark, keep)
        elif isinstance(target, Module):
            for verb, function in module_responders(target, mark.suffix):
                self.add(function, role, mark._replace(verbs=(verb,)).text, with_path=bool(mark.path))

    def add_class(self, cls: Class, role: Role, mark: Mark, keep: Keep) -> None:
        """Add the methods of a class that the framework calls, and note how long an instance lives."""
        lifetime = keep.lifetime
        known = list(self.bases_of(cls))
        for base in known:
            self.hooks(cls, base.role if role == "request" else role, mark, base.methods)
            lifetime = "process" if made_once(cls) else base.lifetime
        if not known:
            self.hooks(cls, role, mark, keep.methods or responders(cls, mark.suffix))
        if lifetime == "process":
            self.hold(cls, keep.module, keep.line, mark.text)
        else:
            self.request_classes.add(cls)

    def bases_of(self, cls: Class) -> Iterator[Base]:
        """Yield what is known of the library classes that a class inherits from."""
        for name in cls.external_bases:
            yield from self._vocabulary.bases.get(name, ())

    def inherited(self, cls: Class) -> None:
        """Add the methods that the framework calls because of what a class inherits from."""
        for name in cls.external_bases:
            for base in self._vocabulary.bases.get(name, ()):
                self.hooks(cls, base.role, Mark(), base.methods)
                if base.lifetime == "process" or made_once(cls):
                    self.hold(cls, cls.module, cls.summary.line, f"{name} instance")
                else:
                    self.request_classes.add(cls)

    def hooks(self, cls: Class, role: Role, mark: Mark, names: Sequence[str]) -> None:
        """Add the methods that a framework calls; without names, every public one and `__call__`."""
        seen: set[str] = set()
        for ancestor in cls.lineage:
            for name, method in ancestor.methods.items():
                public = name == "__call__" or not (name.startswith("_") or _is_of_class(method))
                if name not in seen and (name in names if names else public):
                    seen.add(name)
                    self.add(method, role, _method_text(cls, name, role, mark), with_path=bool(mark.path))


def _is_of_class(method: Function) -> bool:
    """Whether a method belongs to the class and not to an instance that answers a request."""
    decorators = method.summary.decorators
    return any(isinstance(one, Ref) and one.path in ("classmethod", "staticmethod") for one in decorators)


def made_once(cls: Class) -> bool:
    """Flask's `init_every_request = False`: one instance serves all requests."""
    return any(
        isinstance(binding.value, Const) and binding.value.value is False
        for ancestor in cls.lineage
        for binding in ancestor.bindings.get("init_every_request", ())
    )


def responders(cls: Class, suffix: str = "") -> tuple[str, ...]:
    """Return the names of the methods of Falcon's kind that answer below one suffix; empty where there are none."""
    names = [name for ancestor in cls.lineage for name in ancestor.methods]
    found = [match for name in names if (match := _RESPONDER.fullmatch(name))]
    return tuple(dict.fromkeys(match.group() for match in found if (match.group(2) or "") == suffix))


def module_responders(module: Module, suffix: str = "") -> list[tuple[str, Function]]:
    """Return the functions of Falcon's kind that a module answers with, each with its verb: `app.add_route("/jobs", jobs)`."""
    found = [(match, one) for name, one in module.functions.items() if (match := _RESPONDER.fullmatch(name)) and one.parent is module.body]
    return [(match.group(1).upper(), one) for match, one in found if (match.group(2) or "") == suffix]


def class_verbs(cls: Class, suffix: str = "") -> tuple[str, ...]:
    """Return the verbs that a class answers by its own methods, upper case; empty where a library class decides."""
    answered = responders(cls, suffix)
    if answered:
        return tuple(name.split("_")[1].upper().replace("WEBSOCKET", "WS") for name in answered)
    return tuple(verb.upper() for verb in VERBS if cls.find_method(verb) is not None)


def class_handler(cls: Class, suffix: str = "") -> Function | None:
    """Return the method that answers GET, or whatever answers first."""
    ending = f"_{suffix}" if suffix else ""
    names = (*VERBS, *(f"on_{verb}{ending}" for verb in VERBS), "list", "retrieve", "dispatch_request", "dispatch", "__call__")
    return next((method for name in names if (method := cls.find_method(name)) is not None), None)


def _method_text(cls: Class, name: str, role: Role, mark: Mark) -> str:
    if not mark.path:
        if role == "websocket" and mark.label.endswith("event"):
            return f"{mark.label} {name.removeprefix('on_')}"
        return mark.label or f"{cls.name}.{name}"
    path = normalised_path(mark.path)
    if role == "websocket":
        return f"WS {path}"
    match = _RESPONDER.fullmatch(name)
    verb = match.group(1).upper() if match else name.upper() if name in VERBS else VIEWSET_VERBS.get(name, "")
    if name in ("retrieve", "update", "partial_update", "destroy"):
        path = f"{path.rstrip('/')}/{{pk}}"
    return f"{verb} {path}".strip()


def _order(point: EntryPoint) -> tuple[str, int, str, str]:
    return (point.function.module.path, point.function.summary.line, point.role, point.text)
