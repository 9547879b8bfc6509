"""Back ends of the project's own that a setting names: judged as the library's class that they are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from statelint.program.evaluation.value import Value
    from statelint.program.names.nodes import Class
    from statelint.program.program import Program

_DATABASE: Final = "base.DatabaseWrapper"
"""What Django looks for in the package that `ENGINE` names."""


def as_library(value: Value, program: Program) -> Value:
    """Return `django.db.backends.sqlite3` for `"shop.backends.mine"`, whose class inherits from it; any other value as it is.

    `"shop.caches.Own"` stands for the library's class that it inherits from.
    """
    text = value.const
    if value.kind != "const" or not isinstance(text, str) or "." not in text:
        return value
    wrapper = _class(f"{text}.{_DATABASE}", program)
    if wrapper is not None:
        ending = f".{_DATABASE}"
        return next((value._replace(const=base.removesuffix(ending)) for base in wrapper.external_bases if base.endswith(ending)), value)
    cls = _class(text, program)
    return value._replace(const=cls.external_bases[0]) if cls is not None and cls.external_bases else value


def _class(path: str, program: Program) -> Class | None:
    module, _, name = path.rpartition(".")
    found = program.modules.get(module)
    return found.classes.get(name) if found is not None else None
