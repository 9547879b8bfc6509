"""Turn summaries into nodes: modules, functions, classes, their scopes and the class hierarchy's raw material."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.names.nodes import Class, Function, Module
from statelint.survey.summary import Call, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.discover.files import SourceFile
    from statelint.survey.summary import ClassSummary, FunctionSummary, ImportedName, ModuleSummary


def link_modules(files: Iterable[tuple[SourceFile, ModuleSummary]]) -> dict[str, Module]:
    """Build the nodes of every module that could be parsed, by dotted name; on a clash the application's file wins."""
    modules: dict[str, Module] = {}
    for source, summary in files:
        if summary.error:
            continue
        module = _module(source, summary)
        known = modules.get(source.module)
        if known is None or (known.part != "app" and source.part == "app"):
            if known is not None:
                modules[f"{known.name}@{known.path}"] = known
            modules[source.module] = module
        else:
            modules[f"{source.module}@{source.path}"] = module
    return modules


def aliases_of(sources: Iterable[SourceFile], modules: dict[str, Module]) -> dict[str, Module]:
    """Return the further dotted names by which imports may reach a module, where no module has that name itself."""
    by_path = {module.path: module for module in modules.values()}
    found: dict[str, Module] = {}
    for source in sources:
        module = by_path.get(source.path)
        for name in source.also if module is not None else ():
            if module is not None and name not in modules:
                found.setdefault(name, module)
    return found


def _module(source: SourceFile, summary: ModuleSummary) -> Module:
    module = Module(source.module, source.path, source.part, source.is_package, summary.lines)
    for function_summary in summary.functions:
        function = Function(module, function_summary)
        module.functions[function_summary.name] = function
    module.body = module.functions[summary.functions[0].name]
    for class_summary in summary.classes:
        _class(module, class_summary)
    for function in module.functions.values():
        _scope(module, function)
    for function in module.functions.values():
        _dispatched(function)
    for cls in module.classes.values():
        _attach_class(module, cls)
    for scope in module.functions.values():
        scope.bound_names = frozenset((*scope.params, *scope.children, *scope.imports, *scope.locals, *scope.global_writes))
    return module


def _class(module: Module, summary: ClassSummary) -> None:
    cls = Class(module, summary, module.functions.get(summary.parent, module.body))
    for binding in summary.bindings:
        cls.bindings.setdefault(binding.name, []).append(binding)
    module.classes[summary.name] = cls


def _attach_class(module: Module, cls: Class) -> None:
    outer, _, name = cls.name.rpartition(".")
    around = module.classes.get(outer)
    if around is not None:
        around.nested[name] = cls
    else:
        cls.scope.children.setdefault(name, []).append(cls)


def _scope(module: Module, function: Function) -> None:
    summary = function.summary
    if summary is not module.body.summary:
        function.parent = module.functions.get(summary.parent, module.body)
    function.params = {param.name: param for param in summary.params}
    for binding in summary.bindings:
        function.locals.setdefault(binding.name, []).append(binding)
    for imported in summary.imports:
        if imported.how == "star":
            module.stars.append(imported)
        else:
            function.imports.setdefault(imported.name, []).append(imported)
    owner = module.classes.get(summary.owner)
    if owner is not None:
        function.owner = owner
        name = function.name.rpartition(".")[2]
        # a property's setter must not hide its getter: the first definition stands, later ones stay under their full name
        known = owner.methods.get(name)
        if known is None or _is_overload(known):
            owner.methods[name] = function
        _attribute_writes(owner, function)
    elif function.parent is not None:
        name = summary.name.rpartition(".")[2].partition("@")[0]
        if not _is_overload(function):  # it has no body
            function.parent.children.setdefault(name, []).append(function)
    _outer_writes(function)


def _dispatched(function: Function) -> None:
    """`@show.register`: the name of a generic function stands for its implementations, too."""
    for decorator in function.summary.decorators:
        path = decorator.func if isinstance(decorator, Call) else decorator.path if isinstance(decorator, Ref) else ""
        name, _, last = path.partition(".")
        named = function.parent.children.get(name, []) if last == "register" and function.parent is not None else []
        if function not in named and any(isinstance(one, Function) and _is_generic(one) for one in named):
            named.append(function)


def _is_generic(function: Function) -> bool:
    return any(isinstance(one, Ref) and one.path.rpartition(".")[2] == "singledispatch" for one in function.summary.decorators)


def _is_overload(function: Function) -> bool:
    return any(isinstance(decorator, Ref) and decorator.path.endswith("overload") for decorator in function.summary.decorators)


def _attribute_writes(owner: Class, function: Function) -> None:
    summary = function.summary
    first = summary.params[0].name if summary.params else ""
    if not first:
        return
    for write in summary.writes:
        head, _, attribute = write.target.partition(".")
        if head == first and attribute and write.how != "del" and not any(mark in attribute for mark in ".[("):
            owner.attribute_writes.setdefault(attribute, []).append((function, write))


def _outer_writes(function: Function) -> None:
    summary: FunctionSummary = function.summary
    for name in (*summary.global_names, *summary.nonlocal_names):
        scope = function.module.body
        if name in summary.nonlocal_names:
            outer = function.parent
            while outer is not None and name not in outer.locals and name not in outer.params:
                outer = outer.parent
            scope = outer or scope
        for write in summary.writes:
            if write.target == name:
                scope.global_writes.setdefault(name, []).append((function, write))


def absolute_module(module: Module, imported: ImportedName) -> str:
    """Return the absolute dotted name that an import speaks of."""
    if not imported.level:
        return imported.module
    parts = module.name.split(".")
    keep = len(parts) - imported.level + (1 if module.is_package else 0)
    base = ".".join(parts[: max(keep, 0)])
    return f"{base}.{imported.module}" if base and imported.module else base or imported.module
