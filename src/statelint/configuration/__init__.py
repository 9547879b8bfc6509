"""Find, read, check and merge the configuration: defaults < file < environment < options."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from statelint.cache import Place, Store, place_for
from statelint.config import Config, is_target
from statelint.configuration.environment import read_environment
from statelint.configuration.files import nearest_file, read_file
from statelint.configuration.inside import inside, inside_for_writing
from statelint.configuration.layer import Layer, checked
from statelint.configuration.select import ALL, check_selectors, selected
from statelint.discover import find_root
from statelint.errors import StatelintError
from statelint.files import current_folder, seen
from statelint.model import ITEM_KEYS
from statelint.rulebook.load import Rulebook, load_rulebook
from statelint.rulebook.packages import RulePackage, installed_packages
from statelint.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statelint.configuration.places import Path_

_PATHS: Final = ("baseline", "cache-dir")
_BY_FILE: Final = {"per-file-ignores", "per-file-severity"}
_ADDED: Final = ("ignore", "extend-select", "extend-exclude")
"""Lists to which a later layer adds; of every other key the later layer's value stands alone."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The merged configuration and what followed from where its parts were written."""

    config: Config
    """Relative paths in it have become absolute."""
    book: Rulebook
    selected: frozenset[str]
    """Codes of the rules that are on."""
    file: Path | None
    base: Path
    """The folder that the patterns of `per-file-ignores` and `per-file-severity` start from."""
    origins: dict[str, str]
    """For each key that was set: where."""
    cache: Store | None
    """Where results are kept between runs; None keeps none."""
    warnings: tuple[str, ...] = ()
    """What is asked for and not done."""
    packages: tuple[RulePackage, ...] = ()
    """Installed packages whose rules are in the rule set."""


def load_settings(
    start: Path,
    *,
    explicit: Path | None = None,
    isolated: bool = False,
    environ: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    paths: Sequence[Path] = (),
    keep: bool = True,
    like: Settings | None = None,
) -> Settings:
    """Read the configuration for a run that begins at `start`.

    `explicit` is `--config FILE`, whose relative paths start from the current folder; `isolated` reads no file. `paths` are
    all paths of the run, whose common root the cache belongs to; without `keep` nothing is kept between runs. `like` are settings
    whose rule set is taken where the configuration asks for the same one.

    Raises:
        StatelintError: anything unknown or of the wrong type, with its place.
    """
    file = None if isolated else explicit or nearest_file(start)
    layers = _layers(file, current_folder() if explicit else None, environ or {}, options or {})
    config = _merged(layers)
    place = _cache_place(paths or (start,), layers, environ or {}) if keep else Place(None)
    packages = installed_packages() if config.rule_packages else ()
    if like is not None and (like.config.extend_rules, like.packages) == (config.extend_rules, packages):
        book = like.book
    else:
        book = load_rulebook([*(one.folder for one in packages), *(Path(folder) for folder in config.extend_rules)], place.store)
    check_selectors(layers, book)
    _check_rest(layers, config)
    origins = {key: layer.where((key,)) for layer in layers for key in layer.values}
    return Settings(
        config=config,
        book=book,
        selected=selected((layer.values for layer in layers), book),
        file=file,
        base=next((layer.base for layer in reversed(layers) if _BY_FILE & layer.values.keys()), current_folder()),
        origins=origins,
        cache=place.store,
        warnings=(place.warning,) if place.warning else (),
        packages=packages,
    )


def find_cache(
    start: Path, *, explicit: Path | None = None, isolated: bool = False, environ: Mapping[str, str], options: Mapping[str, Any]
) -> Place:
    """Return where a run that begins at `start` would keep results; errors are those of `load_settings`."""
    file = None if isolated else explicit or nearest_file(start)
    return _cache_place((start,), _layers(file, current_folder() if explicit else None, environ, options), environ)


def _layers(file: Path | None, base: Path | None, environ: Mapping[str, str], options: Mapping[str, Any]) -> list[Layer]:
    """Read every source of settings; `base` is where the file's paths start, its own folder without one."""
    layers = [read_file(file, base or file.parent)] if file else []
    return [*layers, read_environment(environ, current_folder()), _options_layer(options)]


def _options_layer(options: Mapping[str, Any]) -> Layer:
    def where(path: Path_) -> str:
        return "--" + "-".join(str(key) for key in path[:1])

    return Layer(checked(options, Config, where, "the options"), current_folder(), where)


def _cache_place(paths: Sequence[Path], layers: Iterable[Layer], environ: Mapping[str, str]) -> Place:
    """Decide where results are kept; the last layer that names a folder is asked."""
    root = find_root([os.path.realpath(path) for path in paths])
    last = next((layer for layer in reversed(list(layers)) if layer.values.get("cache-dir")), None)
    with seen.watched(None):  # the place of results decides none
        if last is None:
            return place_for(root, environ)
        named, named_by = inside(last, ("cache-dir",), last.values["cache-dir"]), last.where(("cache-dir",))
        return place_for(root, environ, named=named, named_by=named_by, is_command=named_by.startswith("--"))


def _merged(layers: Iterable[Layer]) -> Config:
    """Return what the layers say together, later ones over earlier ones."""
    merged: dict[str, Any] = {}
    for layer in layers:
        values = _absolute(layer)
        if values.get("select"):
            merged.pop("ignore", None)
            merged.pop("extend-select", None)
        for key in _ADDED:
            if key in values:
                values[key] = (*merged.get(key, ()), *values[key])
        if "scaling" in values and "scaling" in merged:
            values["scaling"] = _scaled(merged["scaling"], values["scaling"])
        merged.update(values)
    return Config(**{key.replace("-", "_"): value for key, value in merged.items()})


def _scaled(below: Any, above: Any) -> Any:
    """Return the scaling of two layers, number by number."""
    said = {field: value for field, value in msgspec.structs.asdict(above).items() if value is not None}
    return msgspec.structs.replace(below, **said)


def _absolute(layer: Layer) -> dict[str, Any]:
    """Return the layer's values with its paths made absolute."""
    values = dict(layer.values)
    for key in _PATHS:
        if values.get(key):
            values[key] = str(inside(layer, (key,), values[key]))
    name, colon, file = values.get("output-format", "").partition(":")
    if file:
        values["output-format"] = f"{name}{colon}{inside_for_writing(layer, ('output-format',), file)}"
    if "programs" in values:
        values["programs"] = {name: _folders(layer, name, where) for name, where in values["programs"].items()}
    if "extend-rules" in values:
        values["extend-rules"] = tuple(
            str(inside(layer, ("extend-rules", number), folder)) for number, folder in enumerate(values["extend-rules"])
        )
    return values


def _folders(layer: Layer, name: str, where: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the folders of a program, absolute; the folder of the configuration may be one. An application stays as it is named."""
    given = (where,) if isinstance(where, str) else where
    return tuple(one if is_target(one) else str(inside(layer, ("programs", name), one, or_itself=True)) for one in given)


def _check_rest(layers: Iterable[Layer], config: Config) -> None:
    """Refuse what no type can: an unknown format, a reason that is asked for and not given."""
    from statelint.report import FORMATS  # noqa: PLC0415 - not needed by `rules` and `rule`
    from statelint.report.links import source_template  # noqa: PLC0415 - as above

    for layer in layers:
        name = str(layer.values.get("output-format", "")).partition(":")[0]
        if name and name not in FORMATS:
            message = f"{layer.where(('output-format',))}: output-format: unknown format {name!r}{did_you_mean(name, FORMATS)}"
            raise StatelintError(message, help=f"choose one of {', '.join(FORMATS)}")
        _check_items(layer, "fail-on-unknown", layer.values.get("fail-on-unknown", ()))
        _check_facts(layer)
        try:
            source_template(layer.values.get("source-url", ""), ".")
        except StatelintError as error:
            raise StatelintError(f"{layer.where(('source-url',))}: {error}", help=error.help) from error
        for number, entry in enumerate(layer.values.get("safe", ()) if config.require_reason else ()):
            if isinstance(entry, str) or not entry.reason.strip():
                entry_name = entry if isinstance(entry, str) else entry.name
                message = f"{layer.where(('safe', number))}: safe: {entry_name!r} has no reason, and require-reason is on"
                raise StatelintError(message, help=f'write {{ name = "{entry_name}", reason = "..." }}')


def _check_items(layer: Layer, key: str, items: Sequence[str]) -> None:
    """Refuse words that are no item of the checklist."""
    for number, item in enumerate(items):
        if item not in (*ITEM_KEYS, ALL):
            where = layer.where((key, number))
            named = "" if where.startswith("--") else f"{key}: "
            message = f"{where}: {named}no item of the checklist is called {item!r}{did_you_mean(item, (*ITEM_KEYS, ALL))}"
            raise StatelintError(message, help=f"the items are {', '.join(ITEM_KEYS)}")


def _check_facts(layer: Layer) -> None:
    """Refuse facts about what is no item, and those without a reason."""
    for item, reason in layer.values.get("facts", {}).items():
        where = layer.where(("facts", item))
        if item not in ITEM_KEYS:
            message = f"{where}: facts: no item of the checklist is called {item!r}{did_you_mean(item, ITEM_KEYS)}"
            raise StatelintError(message, help=f"the items are {', '.join(ITEM_KEYS)}")
        if not reason.strip():
            raise StatelintError(f"{where}: facts: {item} has no reason", help=f'write {item} = "why it holds"')
