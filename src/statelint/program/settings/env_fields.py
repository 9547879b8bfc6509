"""Which environment variable a field of a settings model is read from: prefixes, aliases, nested models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.survey.summary import Call, Const, Display

if TYPE_CHECKING:
    from statelint.program.names.nodes import Class
    from statelint.survey.summary import Binding, Expr


def variable_of(cls: Class, binding: Binding) -> str:
    """Return the variable of a field as the settings model `cls` reads it, upper-case where the model names none."""
    alias = _alias(binding.value) or (_alias_in_annotation(binding.annotation) if binding.annotation is not None else "")
    return alias or f"{prefix_of(cls)}{binding.name}".upper()


def prefix_of(cls: Class) -> str:
    """Return pydantic's `env_prefix`, "" where there is none."""
    for ancestor in cls.lineage or [cls]:
        for binding in ancestor.bindings.get("model_config", ()):
            pairs: list[tuple[str, Expr]] = list(binding.value.keywords) if isinstance(binding.value, Call) else []
            if isinstance(binding.value, Display):
                keys = [str(key.value) if isinstance(key, Const) else "" for key in binding.value.keys]
                pairs = list(zip(keys, binding.value.items, strict=False))
            for key, value in pairs:
                if key == "env_prefix" and isinstance(value, Const):
                    return str(value.value)
        config = ancestor.nested.get("Config")
        for binding in config.bindings.get("env_prefix", ()) if config else ():
            if isinstance(binding.value, Const):
                return str(binding.value.value)
        for key, value in ancestor.summary.keywords:
            if key == "env_prefix" and isinstance(value, Const):
                return str(value.value)
    return ""


def _alias(value: Expr) -> str:
    """`Field(..., validation_alias="REDIS_URL")`, `Field(env="REDIS_URL")`, `AliasChoices("A", "B")`."""
    if not isinstance(value, Call):
        return ""
    keywords = dict(value.keywords)
    for key in ("validation_alias", "alias", "env"):
        given = keywords.get(key)
        if isinstance(given, Const) and isinstance(given.value, str):
            return given.value
        parts = given.args if isinstance(given, Call) else given.items if isinstance(given, Display) else ()
        if parts and isinstance(parts[0], Const):
            return str(parts[0].value)
    return ""


def _alias_in_annotation(annotation: Expr) -> str:
    if isinstance(annotation, Display):
        return next((alias for item in annotation.items if (alias := _alias(item))), "")
    return ""
