"""statelint finds what breaks when a Python web project runs as N identical instances.

    import statelint

    result = statelint.check("shop")
    for finding in result.findings:
        print(finding.path, finding.line, finding.message)

Type checkers read `__init__.pyi` instead.
"""

from importlib import import_module

__version__ = "0.1.0"
_HOMES = {"check": "api", "StatelintError": "errors"} | dict.fromkeys(
    ("Diagnostic", "Evidence", "Finding", "Project", "Related", "Result", "Span", "Step", "Summary", "Verdict"), "results"
)
__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the names of a table


def __getattr__(name: str) -> object:
    """Import what is asked for, so that `import statelint` itself costs nothing."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names too, which are imported when they are asked for."""
    return sorted({*globals(), *__all__})
