"""Options of the command line as the project declares them: what each is called where it is read, and what it is when nobody gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.names.nodes import External
from statelint.survey.summary import Const

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.calls.callgraph import CallGraph
    from statelint.program.names.nodes import Function
    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Call, Expr

_FLAGS: Final[dict[object, bool]] = {"store_true": False, "store_false": True}


class Option(NamedTuple):
    """One declaration of an option."""

    function: Function
    """Where it is declared."""
    call: Call
    flag: str
    """How people write it: `--storage-uri`."""
    default: Expr | None
    """None where there is none: it is None, then, or has to be given."""
    variable: str = ""
    """The environment variable that gives it as well."""
    required: bool = False


class Options:
    """The options that a parser object is told of, by the attribute that they become."""

    def __init__(self, graph: CallGraph, resolver: Resolver) -> None:
        self._graph = graph
        self._resolver = resolver
        self._declared: dict[str, list[Option]] | None = None

    def read(self, name: str) -> Sequence[Option]:
        """Return what a library name stands for that an option is read by: `argparse.ArgumentParser.parse_args.storage_uri`."""
        owner, _, attribute = name.rpartition(".")
        if not self._resolver.vocabulary.role("parsed-options").calls(owner.removesuffix("[]")):
            return ()
        if self._declared is None:
            self._declared = self._collected()
        package = name.partition(".")[0]
        return [one for one in self._declared.get(attribute, ()) if package in _packages(one, self._resolver)]

    def _collected(self) -> dict[str, list[Option]]:
        vocabulary = self._resolver.vocabulary
        found: dict[str, list[Option]] = {}
        replaced: dict[str, list[Option]] = {}
        for name in sorted(self._graph.library_calls):
            if vocabulary.role("option-definition").calls(name):
                for made in self._graph.library_calls[name]:
                    option = _option(made.function, made.site.call)
                    if option is not None and made.function.module.part != "test":
                        found.setdefault(_names(made.site.call)[0], []).append(option)
            elif vocabulary.role("option-defaults").calls(name):
                for made in self._graph.library_calls[name]:
                    for attribute, value in made.site.call.keywords:
                        option = Option(made.function, made.site.call, f"--{attribute.replace('_', '-')}", value)
                        replaced.setdefault(attribute, []).append(option)
        return {**found, **{name: options for name, options in replaced.items() if name in found}}


def _packages(option: Option, resolver: Resolver) -> frozenset[str]:
    """The libraries that a declaration is made for; what extends another one's parser declares by its methods."""
    names = [one.name for one in resolver.walk(option.function, option.call.func).objects if isinstance(one, External)]
    return frozenset(name.partition(".")[0] for name in names)


def _option(function: Function, call: Call) -> Option | None:
    """Take a declaration apart; None where its name is no constant."""
    texts, keywords = _texts(call.args), dict(call.keywords)
    if not texts:
        return None
    flag = next((text for text in texts if text.startswith("--")), texts[0])
    action, default = keywords.get("action"), keywords.get("default")
    if default is None and isinstance(action, Const) and action.value in _FLAGS:
        default = Const(_FLAGS[action.value])
    is_required = keywords.get("required") == Const(value=True) or not (flag.startswith("-") or keywords.get("nargs") is not None)
    return Option(function, call, flag.partition("/")[0], default, _variable(keywords), is_required)


def _names(call: Call) -> list[str]:
    """Return the names under which an option is read, the first one being the usual one."""
    keywords = dict(call.keywords)
    dest = keywords.get("dest")
    if isinstance(dest, Const) and isinstance(dest.value, str):
        return [dest.value]
    texts = [text.partition("/")[0] for text in _texts(call.args)]
    plain = [text for text in texts if not text.startswith("-")]
    long = [text for text in texts if text.startswith("--")]
    return [text.strip("-").replace("-", "_") for text in (*plain, *long, *texts)]


def _texts(args: Sequence[Expr]) -> list[str]:
    return [arg.value for arg in args if isinstance(arg, Const) and isinstance(arg.value, str)]


def _variable(keywords: dict[str, Expr]) -> str:
    value = keywords.get("env_var")
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else ""
