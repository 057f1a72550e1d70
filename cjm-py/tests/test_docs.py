"""Everything that the package shows has a docstring, and the examples in them hold."""

import dataclasses
import doctest
import inspect
import types
from collections.abc import Iterator
from typing import Any

import cjm
import pytest
from cjm import _cjm, _errors, _read, _records

MODULES = [cjm, _cjm, _errors, _read, _records]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
KINDS = (type, types.FunctionType, types.BuiltinFunctionType)
NEEDS = {"to_polars": "polars", "to_arrow": "pyarrow", "to_pandas": "pandas"}
"""Methods whose examples need a library that the package does not."""


def _members(kind: type) -> Iterator[tuple[str, Any, bool]]:
    """What a class shows: name, object, whether it is called and so needs an example."""
    fields = {field.name for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    for name, member in vars(kind).items():
        if name.startswith("_") or name in fields:
            continue
        called = callable(getattr(kind, name))
        if called or inspect.isdatadescriptor(member):
            yield f"{kind.__qualname__}.{name}", getattr(kind, name), called


def _shown() -> Iterator[tuple[str, Any, bool]]:
    """Every public object of the package once: name, object, whether it needs an example."""
    seen: set[int] = set()
    for module in MODULES:
        yield module.__name__, module, False
        for name, thing in vars(module).items():
            own = str(getattr(thing, "__module__", "")).partition(".")[0] in ("cjm", "_cjm")
            if name.startswith("_") or id(thing) in seen or not (own and isinstance(thing, KINDS)):
                continue
            seen.add(id(thing))
            yield name, thing, True
            if isinstance(thing, type):
                yield from _members(thing)


SHOWN = [pytest.param(name, thing, called, id=name) for name, thing, called in _shown()]


@pytest.fixture
def scope(
    blueprint: cjm.Blueprint,
    log: cjm.EventLog,
    study: cjm.Study,
    replay: cjm.Replay,
    engine: cjm.Engine,
    store: cjm.Store,
    cart: dict[str, Any],
) -> dict[str, Any]:
    """The names that examples find, freshly made."""
    return {
        "cjm": cjm,
        "blueprint": blueprint,
        "log": log,
        "study": study,
        "replay": replay,
        "engine": engine,
        "store": store,
        "cart": cart,
    }


@pytest.mark.parametrize(("name", "thing", "called"), SHOWN)
def test_what_is_shown_has_a_docstring_whose_examples_hold(
    name: str, thing: Any, called: bool, scope: dict[str, Any]
) -> None:
    text = inspect.getdoc(thing) if isinstance(thing, types.ModuleType | property) else thing.__doc__
    assert text and text.strip(), f"{name} has no docstring"
    example = doctest.DocTestParser().get_doctest(inspect.cleandoc(text), scope, name, None, 0)
    assert example.examples or not called, f"{name} has no example"
    if library := NEEDS.get(name.rpartition(".")[2]):
        pytest.importorskip(library)
    told: list[str] = []
    doctest.DocTestRunner(optionflags=FLAGS).run(example, out=told.append)
    assert not told, "".join(told)


def test_the_package_shows_what_it_lists() -> None:
    # the classes of rows are loaded when they are asked for
    asked = {name: getattr(cjm, name) for name in cjm.__all__}
    names = {name for name in vars(cjm) if not name.startswith("_") and not inspect.ismodule(getattr(cjm, name))}
    assert names - {"annotations", "TYPE_CHECKING"} | {"__version__"} == set(asked)
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(cjm, "no_such_name")
    shown = {param.values[0] for param in SHOWN}
    assert set(cjm.__all__) - {"__version__"} <= shown
