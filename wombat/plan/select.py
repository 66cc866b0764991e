"""Whether a run would differ from the one that stands, and in what. Pure: headers are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.digest import digest_json
from wombat.plan.observed import identity
from wombat.printable import shown_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.digest import Digest

    Header = Mapping[str, Any]

SHOWN: Final = 3
NOTHING_STANDS: Final = "nothing is published yet"
UNREADABLE: Final = "what is published has a header that can't be compared"


def differences(now: Header, then: Header | None) -> tuple[str, ...]:
    """Why a run with the header `now` would differ from that with `then`; () where it wouldn't.

    Compared are the plan, every file of its first-party code, the files, artifacts and outside data
    that it reads, its parameters, and what its jobs run in; not the commit, the time or the
    profile.
    """
    if then is None:
        return (NOTHING_STANDS,)
    try:
        return tuple(_differences(now, then))
    except (KeyError, TypeError, AttributeError):  # another version's, or nobody's
        return (UNREADABLE,)


def _differences(now: Header, then: Header) -> Iterator[str]:
    if now["plan_digest"] != then["plan_digest"]:
        changed = _tasks(now, then)
        yield f"task{'s' * (len(changed) > 1)} {_listed(changed)}" if changed else "the plan"
    for said, found in (
        ("code", (now["code"]["files"], _known_code(then))),
        ("input", (now["files"], then["files"])),
        ("artifact", (_contents(now), _contents(then))),
        ("source", (_identities(now), _identities(then))),
        ("parameter", (now["params"], then["params"])),
        ("installed", (now["installed"], then.get("installed", {}))),
    ):
        if changed := _changed(*found):
            yield f"{said} {_listed(changed)}"


def other_effects(now: Header, then: Header | None) -> tuple[str, ...]:
    """Tasks without outputs that may do something else than in the run that stands.

    What is published says nothing of them. Each one does where what it is made of differs, and all
    do where parameters, files, artifacts, outside data, packages or images differ.
    """
    mine = {name: task for name, task in _meant(now).items() if not task.get("outputs")}
    try:
        theirs = {} if then is None else _meant(then)
        same = then is not None and _around(now) == _around(then)
    except (KeyError, TypeError, AttributeError):
        return tuple(sorted(mine))
    return tuple(sorted(name for name in mine if not same or mine[name] != theirs.get(name)))


def _around(header: Header) -> tuple[Any, ...]:
    plan = header["plan"]
    own = (header["params"], header["files"], _contents(header), _identities(header))
    return (*own, plan.get("packages", {}), plan.get("images", {}))


def _known_code(header: Header) -> Mapping[str, Any]:
    files: Mapping[str, Any] = header.get("code", {}).get("files", {})
    return files


def _contents(header: Header) -> dict[str, str]:
    """Of artifacts, with their types: the same bytes may arrive as something else."""
    return {
        address: f"{pin['C']} {pin.get('type')}" for address, pin in header["artifacts"].items()
    }


def _identities(header: Header) -> dict[str, Digest]:
    """Of outside data, as messages show its addresses: what it was, whenever it was looked at."""
    seen: dict[str, list[Any]] = {}
    for url, one in sorted(header.get("sources", {}).items()):
        seen.setdefault(shown_url(url), []).append(identity(url, one))
    return {shown: digest_json(all_of_it) for shown, all_of_it in seen.items()}


def _changed(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))


def _tasks(now: Header, then: Header) -> list[str]:
    """The tasks that came, went or are meant otherwise."""
    return _changed(_meant(now), _meant(then))


def _meant(header: Header) -> dict[str, Any]:
    """Each task without its places."""
    return {task["name"]: _placeless(task) for task in header["plan"]["tasks"]}


def _placeless(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _placeless(value) for key, value in tree.items() if key != "at"}
    return [_placeless(value) for value in tree] if isinstance(tree, list | tuple) else tree


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
