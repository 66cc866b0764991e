"""Which parameters, arguments, variables and versions differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.plan.causes.work import Cause
from wombat.plan.packages.lock import EVERY
from wombat.plan.values import FIELD, marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.plan.causes.work import Kind, Work


def value_causes(then: Work, now: Work) -> Iterator[Cause]:
    """Of what `with`, `foreach` and a command's words come to: a parameter where it alone differs,
    else what the pipeline says otherwise."""
    before, after = then.tree["values"], now.tree["values"]
    if before == after:
        return
    yield from _changed("foreach", before["foreach"], after["foreach"])
    params: set[str] = set()
    for name in sorted(before["with"].keys() | after["with"].keys()):
        if _get(before["with"], name) == _get(after["with"], name):
            continue
        old, new = _get(then.task.arguments, name), _get(now.task.arguments, name)
        moved = _moved(old, then, now) if old == new else set()
        params |= moved
        if not moved:
            yield Cause("argument", name, before["with"].get(name), after["with"].get(name))
    if before["argv"] != after["argv"] and then.task.argv == now.task.argv:
        params |= _moved(list(now.task.argv), then, now)
    for name in sorted(params):
        yield Cause("parameter", name, then.params.get(name), now.params.get(name))


def _get(values: Mapping[str, Any], name: str) -> Any:
    """A value, told apart from one that isn't there."""
    return [values[name]] if name in values else None


def _moved(value: Any, then: Work, now: Work) -> set[str]:
    """The parameters that a value takes, of which the run had another value."""
    params = {**then.params, **now.params}
    names = names_in(value, params)
    return {n for n in names if _get(then.params, n) != _get(now.params, n)}


def names_in(value: Any, params: Mapping[str, Any]) -> set[str]:
    """The parameters that a value of the plan refers to; in a text a name alone may be one."""
    names: set[str] = set()
    for mark in marks(value):
        words = [mark["$"]] if mark["$"] != "format" else _fields(mark["text"])
        names |= {word.removeprefix("params.") for word in words}
    return names & params.keys()


def _fields(text: str) -> list[str]:
    """The names in braces of a text: `a{date}` has `date`."""
    return [found[1] for found in FIELD.finditer(text) if found[1]]


def word_causes(then: Work, now: Work) -> Iterator[Cause]:
    """Of variables, the image, and the versions of packages."""
    yield from _changed("env", then.tree["env"], now.tree["env"])
    if then.tree["image"] != now.tree["image"]:
        name = now.task.image or then.task.image or ""
        yield Cause("image", name, then.tree["image"], now.tree["image"])
    elif then.task.image == now.task.image:
        yield from package_causes(then.tree["packages"], now.tree["packages"])


def package_causes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Cause]:
    """Of versions by name; last, without a name, whether all of a lock file count."""
    named = ({name: at for name, at in one.items() if name != EVERY} for one in (then, now))
    yield from _changed("package", *named)
    whole = tuple("all" if EVERY in one else None for one in (then, now))
    if whole[0] != whole[1]:
        yield Cause("package", "", *whole)


def _changed(kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Cause]:
    for name in sorted(before.keys() | after.keys()):
        if _get(before, name) != _get(after, name):
            yield Cause(kind, name, before.get(name), after.get(name))
