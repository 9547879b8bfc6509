"""The rule set's library names, arranged for the questions that linking asks."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

from statelint.rulebook.aliases import Aliases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Base, Include, Registration, Router, SettingEntry

_APPLICATION_NAMES: Final = frozenset({"app", "application", "current_app"})


class NameSet:
    """Qualified names, some of them covering all below (`redis.*`), some any method of a name (`.pubsub`)."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._exact = frozenset(name for name in names if not name.endswith(".*") and not name.startswith("."))
        self._below = tuple(name[:-1] for name in names if name.endswith(".*"))
        self.methods = frozenset(name[1:] for name in names if name.startswith("."))
        self._called: dict[str, bool] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._exact or (bool(self._below) and name.startswith(self._below))

    def calls(self, name: str) -> bool:
        """Whether a called name is one of them, by its qualified name or by its method name."""
        known = self._called.get(name)
        if known is None:
            known = self._called[name] = name in self or name.rpartition(".")[2] in self.methods
        return known

    def covers(self, package: str) -> bool:
        """Whether everything below a package is one of them."""
        return f"{package}." in self._below


class Vocabulary:
    """Lookup tables over frameworks and roles."""

    customary_parameters: Mapping[str, str] = {
        "request": "request",
        "req": "request",
        "app": "application",
        "application": "application",
        "websocket": "websocket",
        "ws": "websocket",
    }
    """What a parameter without annotation and without known callers is taken for, by its name."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self.canonical = Aliases(book.aliases).canonical
        """Returns the name by which all tables here know what a library's dotted path leads to."""
        self._roles: dict[str, NameSet] = {}
        self._words: dict[tuple[str, ...], frozenset[str]] = {}
        self._patterns: dict[str, re.Pattern[str]] = {}
        self.applications = frozenset(name for framework in book.frameworks for name in framework.applications)
        named = {state for framework in book.frameworks for state in framework.state}
        self.state_attributes = frozenset(state for state in named if state != "[]")
        self.item_applications = frozenset(
            name for framework in book.frameworks if "[]" in framework.state for name in framework.applications
        )
        self.request_local = NameSet(tuple(name for framework in book.frameworks for name in framework.request_local))
        self.dependency_markers = frozenset(
            name
            for framework in book.frameworks
            for registration in framework.register
            if registration.role == "dependency" and registration.form == "call"
            for name in registration.names
        )
        if any(framework.name == "pyramid" for framework in book.frameworks):
            self.customary_parameters = {**self.customary_parameters, "config": "application"}
        self.transparent_calls = self.role("transparent-call")
        self.dynamic_imports = self.role("dynamic-import")
        self.results_of_arguments = self.role("result-of-argument")
        self.argument_calls = self.role("calls-argument")
        self.request_attribute_calls = self.role("request-attribute-call")
        self.entering_calls = self.role("entered-argument")
        self.futures = self.role("future-of-argument")
        self.mapping_calls = self.role("maps-argument")
        self.element_calls = self.role("element-of-argument")
        self.joining_calls = self.role("joins-arguments")
        self.collecting_calls = self.role("collects-arguments")
        self.resolving_calls = self.role("resolves-argument")
        self.receiver_calls = self.role("instance-of-receiver")
        self.frameworks = {package: framework for framework in book.frameworks for package in framework.packages}

    @cached_property
    def including_calls(self) -> dict[str, str]:
        """Calls that call a function of the module that they are handed, with its name; on an application that is a parameter too."""
        rows = [include for framework in self._book.frameworks for include in framework.include if include.calls]
        named = {name: row.calls for row in rows for name in row.names}
        return named | {f"application.{name.rpartition('.')[2]}": function for name, function in named.items()}

    @cached_property
    def container_bases(self) -> frozenset[str]:
        """Library classes whose subclasses are containers themselves."""
        roles = ("mapping", "sequence", "set", "queue", "counter-object", "bounded-cache", "ttl-cache")
        named = {name for role in roles for name in self._book.names_of(role)}
        return frozenset(
            named | {"collections.UserDict", "collections.UserList", "collections.abc.MutableMapping", "builtins.dict", "builtins.list"}
        )

    def role(self, name: str) -> NameSet:
        """Return the library names that play a role."""
        found = self._roles.get(name)
        if found is None:
            found = self._roles[name] = NameSet(self._book.names_of(name))
        return found

    def words(self, *topics: str) -> frozenset[str]:
        """Return the words of some topics."""
        found = self._words.get(topics)
        if found is None:
            found = self._words[topics] = frozenset(word for topic in topics for word in self._book.words_of(topic))
        return found

    def pattern(self, topic: str) -> re.Pattern[str]:
        """Return an expression that finds any pattern of a topic, whatever the case."""
        found = self._patterns.get(topic)
        if found is None:
            found = self._patterns[topic] = re.compile("|".join(self._book.patterns_of(topic)), re.IGNORECASE)
        return found

    def is_application(self, name: str, *, is_made: bool) -> bool:
        """Whether a library name is an application object: an instance, or what `request.app` and the like give."""
        if is_made:
            return name in self.applications or name == "application"
        return name.rpartition(".")[2] in _APPLICATION_NAMES

    def has_item_state(self, name: str) -> bool:
        """Whether the application named keeps state by item access, as aiohttp's does."""
        if name in self.item_applications or name == "application":
            return True
        return name.rpartition(".")[2] in ("app", "config_dict") and name not in self.applications

    @cached_property
    def registrations(self) -> dict[str, list[Registration]]:
        """Registrations by qualified name."""
        table: dict[str, list[Registration]] = {}
        for framework in self._book.frameworks:
            for registration in framework.register:
                for name in registration.names:
                    table.setdefault(name, []).append(registration)
        return table

    @cached_property
    def includes(self) -> dict[str, list[Include]]:
        """Calls that hang a router below another, by qualified name."""
        table: dict[str, list[Include]] = {}
        for framework in self._book.frameworks:
            for include in framework.include:
                for name in include.names:
                    table.setdefault(name, []).append(include)
        return table

    @cached_property
    def routers(self) -> dict[str, Router]:
        """Router classes by qualified name."""
        return {name: router for framework in self._book.frameworks for router in framework.routers for name in router.names}

    @cached_property
    def bases(self) -> dict[str, list[Base]]:
        """Base classes whose methods a framework calls, by qualified name."""
        table: dict[str, list[Base]] = {}
        for framework in self._book.frameworks:
            for base in framework.base:
                for name in base.names:
                    table.setdefault(name, []).append(base)
        return table

    @cached_property
    def setting_entries(self) -> dict[str, SettingEntry]:
        """Settings whose strings name what the framework calls, by the setting's name."""
        return {name: entry for framework in self._book.frameworks for entry in framework.setting for name in entry.names}
