"""Configuration objects: the class, instance or module that `from_object(...)` and its kind load, by reference or by name."""

from __future__ import annotations

from posixpath import basename, splitext
from typing import TYPE_CHECKING, Final

from statelint.program.names.class_bodies import guards_from_outside, value_from_outside
from statelint.program.names.nodes import Class, Function, Instance, Module
from statelint.program.settings.assignments import SettingValue, guards_at, staged
from statelint.program.settings.chosen import choices_in
from statelint.program.settings.stages import stage_of_class, stage_of_module
from statelint.survey.summary import Call, Template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from statelint.program.names.resolver import Resolver
    from statelint.program.settings.settings_modules import SettingsModules
    from statelint.program.settings.stages import Stage
    from statelint.survey.summary import Expr

    Texts = Callable[[Function, Expr], list[str]]
    """Gives the strings that an expression may be."""

Target = Class | Module
_MODULES: Final = frozenset({"config", "configs", "settings", "configuration", "conf", "default_config", "default_settings"})


class ConfigObjects:
    """Finds configuration objects and reads them."""

    def __init__(self, modules: Mapping[str, Module], files: SettingsModules, resolver: Resolver, texts: Texts) -> None:
        self._modules = modules
        self._files = files
        self._resolver = resolver
        self._texts = texts

    def chosen(self, arg: Expr, call: Call, function: Function) -> tuple[list[Target], str]:
        """Return the targets of a call's argument, and what decides between several, "" where nothing is known to.

        Of a table of them, those that the environment or the code chooses are the targets, unless they are for development.
        """
        decider = ""
        for choice in choices_in(arg, call, function, self._resolver, self._texts):
            decider = decider or choice.decider
            named = [_target(entity) for scope, expr in choice.entries for entity in self._resolver.value(scope, expr).objects]
            live = [target for target in named if target is not None and not is_for_development(target)]
            if live:
                return list(dict.fromkeys(live)), choice.decider
        return self.targets(arg, function), decider

    def targets(self, arg: Expr, function: Function) -> list[Target]:
        """Return what an argument of `from_object` or `from_pyfile` may be, development's left out where there is another."""
        found = [target for entity in self._entities(arg, function) if (target := _target(entity)) is not None]
        if not found:
            found = list(self._by_text(arg, function))
        found = list(dict.fromkeys(found))
        if found and all(_stage(target) == "development" for target in found):
            found += [sibling for target in found for sibling in self._siblings(target) if sibling not in found]
        return self.best(found)

    def best(self, found: Sequence[Target]) -> list[Target]:
        """Return those for production; without any, all that are not for development; without any, all."""
        live = [target for target in found if _stage(target) != "development"]
        best = [target for target in live if _stage(target) == "production"]
        return best or live or list(found)

    def values(self, target: Target) -> Iterator[SettingValue]:
        """Yield the upper-case names of an object: what a module imports too, what a class inherits where it does not set it itself.

        An object that is for development by its name and is loaded all the same is what runs.
        """
        stage: Stage = "base" if _stage(target) == "development" else _stage(target)
        if isinstance(target, Module):
            for values in self._files.sheet(target).values.values():
                yield from values
            return
        seen: set[str] = set()
        for ancestor in target.lineage or [target]:
            named = {name: bindings for name, bindings in ancestor.bindings.items() if name.isupper() and name not in seen}
            seen.update(named)
            for name, bindings in named.items():
                for binding in bindings:
                    guards = guards_from_outside(ancestor, guards_at(ancestor.scope, binding.guards))
                    where, value = staged(stage, guards), value_from_outside(ancestor, binding)
                    yield SettingValue(name, value, ancestor.scope, binding.line, where, (), guards, holder=target.name)

    def _entities(self, arg: Expr, function: Function) -> Iterable[object]:
        view = self._resolver.value(function, arg)
        found: list[object] = list(view.objects)
        for place in view.places:
            owner, name = place.location.owner, place.location.name
            if place.inner:  # `configs[name]`: every class in the table may be meant
                found.extend(self._resolver.content(place.location).objects)
            elif place.location.kind == "parameter" and isinstance(owner, Function) and owner.params[name].default is not None:
                found.extend(self._resolver.value(owner.parent or owner, owner.params[name].default).objects)
        if not found and isinstance(arg, Call):  # `configs.get(name)` and what a function returns
            for place in self._resolver.walk(function, arg.func).places:
                found.extend(self._resolver.content(place.location).objects)
        return found

    def _by_text(self, arg: Expr, function: Function) -> Iterator[Target]:
        """A dotted string, a file name, the head of one, or a variable that holds one."""
        if isinstance(arg, Template) and arg.head:
            owner = self._module(arg.head.rpartition(".")[0], function.module)
            yield from self._classes(owner) if owner is not None else ()
            return
        texts = self._texts(function, arg)
        for text in texts:
            yield from self._named(text, function.module)
        if not texts:  # chosen by the environment: any configuration class of the project
            for module in sorted(self._modules.values(), key=lambda module: module.path):
                if module.name.rpartition(".")[2] in _MODULES and module.part in ("app", "settings"):
                    yield from self._classes(module)

    def _named(self, text: str, near: Module) -> Iterator[Target]:
        if text.endswith(".py"):
            stem = splitext(basename(text))[0]
            files = sorted(
                module.path for module in self._modules.values() if basename(module.path) == f"{stem}.py" and module.part != "test"
            )
            closest = max(files, key=lambda path: _shared(path, near.path), default="")
            yield from (module for module in self._modules.values() if module.path == closest)
            return
        name = text.replace(":", ".")
        module = self._module(name, near)
        if module is not None:
            yield module
            return
        head, _, attribute = name.rpartition(".")
        owner = self._module(head, near)
        for entity in self._resolver.walk(owner.body, attribute).objects if owner is not None else ():
            target = _target(entity)
            if target is not None:
                yield target

    def _module(self, name: str, near: Module) -> Module | None:
        package = near.name if near.is_package else near.name.rpartition(".")[0]
        return (
            self._modules.get(name)
            or self._modules.get(f"{package}.{name}")
            or next((m for n, m in self._modules.items() if name and n.endswith(f".{name}")), None)
        )

    def _siblings(self, target: Target) -> Iterator[Target]:
        if isinstance(target, Class):
            yield from (cls for cls in self._classes(target.module) if stage_of_class(cls) == "production")

    def _classes(self, module: Module) -> Iterator[Class]:
        yield from (
            cls for cls in module.classes.values() if any(name.isupper() for base in cls.lineage or [cls] for name in base.bindings)
        )


def _target(entity: object) -> Target | None:
    if isinstance(entity, Instance):
        return entity.cls
    return entity if isinstance(entity, (Class, Module)) else None


def is_for_development(target: Target) -> bool:
    """Whether an object is for development or tests by its name."""
    return _stage(target) == "development"


def _stage(target: Target) -> Stage:
    return stage_of_class(target) if isinstance(target, Class) else stage_of_module(target)


def _shared(path: str, other: str) -> int:
    """How many leading folders two paths share."""
    count = 0
    for one, two in zip(path.split("/"), other.split("/"), strict=False):
        if one != two:
            break
        count += 1
    return count
