"""What processes are of which only the code tells it: a module that starts a worker or a schedule where it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from statelint.inspect.traversal import reached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.model import Deployment, Process, ProcessKind
    from statelint.program.names.nodes import Function
    from statelint.program.program import Program
    from statelint.program.vocabulary import NameSet

_UNTOLD: Final = frozenset({"unknown", "other"})


def told_by_code(deployment: Deployment, program: Program) -> Deployment:
    """Return the deployment with the kind of each process that the module it runs gives away; one that serves as well stays as it is."""
    if not any(process.kind in _UNTOLD for process in deployment.processes):
        return deployment
    role = program.vocabulary.role
    starting: dict[Function, ProcessKind] = dict.fromkeys(_calling(role("work-start"), program), "worker")
    starting |= dict.fromkeys(_calling(role("schedule-start"), program), "scheduler")
    if not starting:
        return deployment
    serving = _calling(role("serve"), program)

    def told(process: Process) -> Process:
        if process.kind not in _UNTOLD:
            return process
        run = [*reached(_run_by(process, program), lambda one: _called_by(one, program))]
        kind = next((starting[one] for one in run if one in starting), None)
        return process if kind is None or not serving.isdisjoint(run) else replace(process, kind=kind)

    return replace(deployment, processes=tuple(map(told, deployment.processes)))


def _calling(names: NameSet, program: Program) -> set[Function]:
    return {call.function for name, calls in program.graph.library_calls.items() if name in names for call in calls}


def _called_by(function: Function, program: Program) -> Iterator[Function]:
    for edge in program.graph.edges.get(function, ()):
        if edge.kind == "call":
            yield edge.callee


def _run_by(process: Process, program: Program) -> Iterator[Function]:
    """Yield what runs where a process starts: the module that Python is given, or the handler of a management command."""
    if process.server == "python":
        name = process.app.removesuffix(".py").strip("./").replace("/", ".")
        for dotted in (name, f"{name}.__main__"):
            exact = program.resolver.module(dotted)
            ends = [module for key, module in program.modules.items() if key.endswith(f".{dotted}")]
            module = exact or (ends[0] if len(ends) == 1 else None)
            if module is not None:
                yield module.body
    elif process.server == "manage.py":
        command = next((word for word in process.argv[1:] if not word.startswith("-") and not word.endswith("manage.py")), "")
        for key, module in program.modules.items():
            if command and key.endswith(f"management.commands.{command}"):
                yield from (function for function in module.functions.values() if function.name.rpartition(".")[2] == "handle")
