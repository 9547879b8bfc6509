"""Work that runs by itself: where it is started, and whether it goes on for ever."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.checks.common.callables import (
    CALLBACK_KEYWORDS,
    Callables,
    arguments_of,
    passed_parameters,
    run_parameters,
    site_with_argument,
)
from statelint.checks.common.endless_loops import ends, is_endless
from statelint.checks.common.naming import names_and_texts
from statelint.checks.common.periodic import handed_to_objects, in_timer_cycles
from statelint.checks.common.transitive import Transitive
from statelint.program.names.conditions import names_in, perhaps_absent
from statelint.program.names.nodes import Class, Function, Instance
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.inspect.context import Context
    from statelint.program.vocabulary import NameSet
    from statelint.survey.summary import CallSite

_WAITING: Final = frozenset({"wait_for", "run_pending", "get", "recv", "receive", "poll", "accept", "get_nowait", "tick"})
_AGAIN: Final = frozenset({"Timer", "call_later", "call_at", "enter", "enterabs", "spawn_later", "spawn_after", "callLater", "add_timeout"})
_OUTSIDE: Final = ("test", "script", "migration")


class Started(NamedTuple):
    """A call that starts work by itself, and the function that it starts."""

    function: Function
    site: CallSite
    name: str
    """The qualified name that was called."""
    target: Function
    looped: bool = False
    """Whether what starts it calls it again and again."""


class BackgroundWork:
    """Finds starts and loops."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.callables = Callables(context.program)
        """What finds the functions that a start is given."""
        vocabulary = context.program.vocabulary
        self._sleeps: NameSet = vocabulary.role("sleep")
        self._subscribes: NameSet = vocabulary.role("subscribe")
        self._looping = Transitive(lambda one: self._loops_itself(one, deep=True) or None, self._run_by)

    # -- starts

    def starts(self) -> Iterator[Started]:
        """Yield every start in the project, in the order of paths and lines."""
        found: dict[tuple[str, int, int], dict[Started, None]] = {}
        for name, function, site, targets in (*self._by_libraries(), *self._by_helpers()):
            key = (function.module.path, site.call.line, site.call.column)
            found.setdefault(key, {}).update((started, None) for target in targets for started in self._of(function, site, name, target))
        given_to_timers: dict[Started, None] = {}
        runners: set[Function] = set()
        for target in dict.fromkeys(started.target for group in found.values() for started in group if started.target in self._cycles):
            called = [
                Started(*one[:2], target.name, one.target, looped=True)
                for one in handed_to_objects(target, self._started[1], self._context.program)
            ]
            given_to_timers.update(dict.fromkeys(called))
            runners.update([target] if called else ())
        for key in sorted(found):
            yield from (started for started in found[key] if started.target not in runners)
        yield from given_to_timers
        yield from self._repeated()

    def _of(self, function: Function, site: CallSite, name: str, target: Function) -> Iterator[Started]:
        """Yield what a start runs: of a timer class of the project, what this one was given, and not what all of them were."""
        given = list(self._given_to(function, site.call, target)) if _runs_itself(name) and target.owner is not None else []
        if not given:
            yield Started(function, site, name, target)
        yield from (Started(function, site, name, one, looped=self.loops(target)) for one in given)

    def _given_to(self, function: Function, start: Call, run: Function) -> Iterator[Function]:
        """Yield the functions that the object is made with whose `run` a call starts, where that calls what its object was given."""
        receiver = split(start.func)[0]
        own = {entity.cls for entity in self._context.program.resolver.walk(function, receiver).objects if isinstance(entity, Instance)}
        if not any(self._is_given(run, site.call.func) for site in run.summary.calls):
            return
        for expr in self._made_as(function, receiver):
            made = self._context.program.resolver.walk(function, expr.func).objects
            if any(isinstance(entity, Class) and entity in own for entity in made):
                for arg in arguments_of(expr):
                    yield from self.callables.named(function, arg) if isinstance(arg, Ref) else ()

    def _is_given(self, run: Function, path: str) -> bool:
        """Whether a method calls what is kept in an attribute: `self.function(*self.args)`, and no method of its class."""
        head, _, name = path.partition(".")
        own = run.summary.params[0].name if run.summary.params else ""
        return head == own and name.isidentifier() and run.owner is not None and run.owner.find_method(name) is None

    def _made_as(self, function: Function, receiver: str) -> Iterator[Call]:
        """Yield the calls that make what a path of a function stands for, as far as the function itself, or its class, makes it."""
        if receiver.endswith("()"):
            yield from (site.call for site in function.summary.calls if site.call.func == receiver.removesuffix("()"))
            return
        yield from (one.value for one in function.locals.get(receiver, ()) if isinstance(one.value, Call))
        writes = (write for write in function.summary.writes if write.target == receiver)
        yield from (write.value for write in writes if isinstance(write.value, Call))

    def _repeated(self) -> Iterator[Started]:
        """Functions handed to a helper that calls them in its own loop: `permanent(check_payments, interval=60)`, `@repeat_every(60)`."""
        arguments = self._context.program.resolver.flows.arguments
        for helper in (function for function in self._context.program.functions if function in arguments):
            inner = _inside(helper)
            for param in _called_inside(helper, inner) if any(map(self.loops, inner)) else ():
                for caller, expr in arguments[helper].get(param, ()):
                    if caller.module.part in _OUTSIDE or not isinstance(expr, Ref):
                        continue
                    site = site_with_argument(caller, expr)
                    for target in self._context.program.resolver.walk(caller, expr.path).objects:
                        if isinstance(target, Function) and not self._drains(target):
                            handing = [(caller, site)] if site is not None else self._calls_of(target)
                            yield from (Started(one, call, helper.name, target, looped=True) for one, call in handing)

    def _calls_of(self, decorated: Function) -> Iterator[tuple[Function, CallSite]]:
        """Yield the calls of a function that its decorator has made the start of a loop."""
        for edge in self._context.program.graph.callers.get(decorated, ()):
            last = decorated.name.rpartition(".")[2]
            calls = (
                site for site in edge.caller.summary.calls if site.call.line == edge.line and site.call.func.rpartition(".")[2] == last
            )
            if edge.kind == "call" and edge.caller.module.part not in _OUTSIDE:
                yield from ((edge.caller, site) for site in calls)

    def _drains(self, function: Function) -> bool:
        """Whether a function takes from a queue of this process: the work is its own."""
        names = self._context.program.resolver.library_names
        return any(name.endswith("Queue.get") for site in function.summary.calls for name in names(function, site.call.func))

    def _library_starts(self) -> Iterator[tuple[str, Function, CallSite]]:
        role = self._context.program.vocabulary.role("task-start")
        for name, calls in self._context.program.graph.library_calls.items():
            for call in calls if _runs_itself(name) or role.calls(name) else ():
                if call.function.module.part not in _OUTSIDE:
                    yield name, call.function, call.site

    def _by_libraries(self) -> Iterator[tuple[str, Function, CallSite, Iterable[Function]]]:
        arguments = self._context.program.resolver.flows.arguments
        for name, function, site in self._library_starts():
            if any(arguments.get(function, {}).get(param) for param in run_parameters(function, site.call)):
                continue  # a start where that argument is given
            yield (
                name,
                function,
                site,
                self._run_method(function, site.call) if _runs_itself(name) else self.callables.targets(function, site.call),
            )

    def _by_helpers(self) -> Iterator[tuple[str, Function, CallSite, Iterable[Function]]]:
        """Calls of the project's own functions that start what they are handed: `start_supervised(target=loop)`."""
        arguments = self._context.program.resolver.flows.arguments
        pending = [
            (name, function, param) for name, function, site in self._library_starts() for param in passed_parameters(function, site.call)
        ]
        seen = set(pending)
        for name, helper, param in pending:  # grows while it is gone through
            for caller, expr in arguments.get(helper, {}).get(param, ()):
                site = site_with_argument(caller, expr)
                if site is None or caller.module.part in _OUTSIDE:
                    continue
                yield name, caller, site, self.callables.named(caller, expr)
                further = (name, caller, expr.path) if isinstance(expr, Ref) and expr.path in caller.params else None
                if further is not None and further not in seen:
                    seen.add(further)
                    pending.append(further)

    def unfollowed(self) -> Iterator[tuple[Function, CallSite, str]]:
        """Yield the starts of work that belongs to a library or could not be followed: `create_task(engine.process_queue())`."""
        table = self._context.program.graph.library_calls
        for name in sorted(table):
            for call in table[name] if name.rpartition(".")[2] in ("create_task", "ensure_future", "Thread") else ():
                given = [*call.site.call.args[:1], *(value for key, value in call.site.call.keywords if key in ("target", "coro"))]
                path = next((expr.func if isinstance(expr, Call) else expr.path for expr in given if isinstance(expr, (Call, Ref))), "")
                if "." in path and not any(self.callables.targets(call.function, call.site.call)) and self._is_made(call.function, path):
                    yield call.function, call.site, path

    def _is_made(self, function: Function, path: str) -> bool:
        """Whether a path is a method of some object, not a function of a library."""
        return not self._context.program.resolver.library_names(function, split(path)[0])

    def _run_method(self, function: Function, call: Call) -> Iterator[Function]:
        """`Reporter().start()`, `self.start()`: the `run` of a project class that is a thread or process."""
        for entity in self._context.program.resolver.walk(function, split(call.func)[0]).objects:
            run = entity.cls.find_method("run") if isinstance(entity, Instance) else None
            if run is not None:
                yield run

    # -- loops

    def loops(self, function: Function) -> bool:
        """Whether a function, or one that it leads to through calls, goes on for ever: a loop that waits, a timer set again."""
        return self._loops_itself(function, deep=False) or any(self._looping.of(callee) for callee in self._run_by(function))

    def _run_by(self, function: Function) -> Iterator[Function]:
        """Yield what a function calls, except what it starts: that goes on by itself, and is a start of its own."""
        started: set[Function] = set()
        for site in self._starting.get(function, ()):
            started.update(self.callables.targets(function, site.call))
        for edge in self._context.program.graph.edges.get(function, ()):
            if edge.kind == "call" and edge.callee not in started:
                yield edge.callee

    @cached_property
    def _starting(self) -> dict[Function, list[CallSite]]:
        """By function, the calls in it that start work."""
        found: dict[Function, list[CallSite]] = {}
        for _, function, site in self._library_starts():
            found.setdefault(function, []).append(site)
        return found

    def _loops_itself(self, function: Function, *, deep: bool) -> bool:
        summary = function.summary
        for index, guard in enumerate(summary.guards):
            if is_endless(guard) and not (deep and ends(function, index)):
                held = (site for site in summary.calls if index in site.guards)
                waits = any(name.endswith(".wait") for name in names_in(guard.test))
                if waits or any(self._is_wait(function, site, deep=deep) for site in held):
                    return True
        return self.is_rearmed(function)

    @cached_property
    def _started(self) -> tuple[dict[Function, set[Function]], dict[Function, set[Function]]]:
        """By function, what it sets timers for, and what it starts at all."""
        timers: dict[Function, set[Function]] = {}
        started: dict[Function, set[Function]] = {}
        for name, function, _, targets in (*self._by_libraries(), *self._by_helpers()):
            found = set(targets)
            started.setdefault(function, set()).update(found)
            if name.rpartition(".")[2] in _AGAIN:
                timers.setdefault(function, set()).update(found)
        return timers, started

    @cached_property
    def _cycles(self) -> frozenset[Function]:
        """Functions that a timer calls, and that set it again through others."""
        return in_timer_cycles(*self._started, self._context.program)

    def is_rearmed(self, function: Function) -> bool:
        """Whether a function sets the timer for itself again."""
        if function in self._cycles:
            return True
        last = function.name.rpartition(".")[2]
        for site in function.summary.calls:
            if site.call.func.rpartition(".")[2] in _AGAIN:
                arguments = [*site.call.args, *(value for key, value in site.call.keywords if key in CALLBACK_KEYWORDS)]
                if last in {part.rpartition(".")[2] for expr in arguments for part in names_and_texts(expr).split()}:
                    return True
        return False

    def _is_wait(self, function: Function, site: CallSite, *, deep: bool) -> bool:
        """Whether a call inside a loop waits; in a callee only a pause counts, a queue may be read to its end there."""
        last = site.call.func.rpartition(".")[2]
        if last in ("sleep", "wait"):
            return True
        names = self._context.program.resolver.library_names(function, site.call.func)
        return any(self._sleeps.calls(name) for name in names) or (not deep and last in _WAITING and "." in site.call.func)

    def listens(self, function: Function) -> bool:
        """Whether a function hands on messages that every instance must receive."""
        called = [site.call.func for site in function.summary.calls]
        return any("." in func and func.rpartition(".")[2] in self._subscribes.methods for func in called)


def starts_with_process(started: Started, context: Context) -> bool:
    """Whether a start happens once in every process: at import, in a start-up hook, or when a kept object is first made."""
    function = started.function
    if context.context_of(function, started.site.guards) not in ("serving", "startup"):
        return False
    if function in context.program.reach["startup"]:
        return not any(point.function is function and point.role == "request" for point in context.program.entry_points.points)
    last = function.name.rpartition(".")[2]
    if last in ("__init__", "__new__", "__post_init__") and function.owner in context.program.lifetimes.holders:
        return True
    if function.owner is not None and function.owner not in context.program.lifetimes.holders:
        return False
    return _tested_before(function, started.site)


def _tested_before(function: Function, site: CallSite) -> bool:
    """`if self._task is None: self._task = create_task(...)`, `if not _started: _started = True`: once in a process."""
    kept = {write.target for write in function.summary.writes if "." in write.target or write.target in function.summary.global_names}
    kept |= {site.bound} if "." in site.bound or site.bound in function.summary.global_names else set()
    tests = [function.summary.guards[index].test for index in site.guards]
    missing = [one.path for test in tests for one in perhaps_absent(test)]
    return any(path == target or path.startswith(f"{target}.") for path in missing for target in kept)


def _runs_itself(name: str) -> bool:
    return name.endswith((".Thread.start", ".Process.start"))


def _inside(helper: Function) -> list[Function]:
    """Return the functions that are defined in a function, at any depth."""
    found: list[Function] = []
    pending = [helper]
    for function in pending:  # grows while it is gone through
        nested = [one for children in function.children.values() for one in children if isinstance(one, Function)]
        found += nested
        pending += nested
    return found


def _called_inside(helper: Function, inner: list[Function]) -> Iterator[str]:
    """Yield the parameters of a function that the functions inside it call, or hand on to be called."""
    used = {
        path for one in inner for site in one.summary.calls for path in (site.call.func, *(names_and_texts(arg) for arg in site.call.args))
    }
    yield from (name for name in helper.params if name in used and name not in ("self", "cls"))
