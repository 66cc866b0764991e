"""What other projects expect of a project's frames: records beside pins, the newest counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from wombat.digest import digest_json
from wombat.errors import StoreDamaged
from wombat.store import names
from wombat.store.journal import create_record, read_record
from wombat.store.parallel import each
from wombat.store.pins import EXPECTS, RENEWED, TERM, prefix
from wombat.store.space import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.store.space import Space

_MOMENT: Final = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a project asks of one address: `places` as plain mappings, none where it asks nothing
    any more. Another project wrote it: whoever reads it trusts no word."""

    consumer: str
    address: str
    until: datetime
    places: tuple[Mapping[str, Any], ...]


def expect(
    space: Space,
    project: str,
    consumer: str,
    *,
    address: str,
    kind: str,
    places: Sequence[Mapping[str, Any]],
    now: datetime,
) -> bool:
    """Records what a consumer asks of an address for another TERM; False where the newest record of
    that address and kind says the same for long enough, or where nothing is asked and never was.

    It keeps nothing, as a pin does. StoreDenied where the credentials may not write here.
    """
    stem = f"{EXPECTS}{digest_json({'address': address, 'kind': kind})[:32]}"
    at = {"project": project, "consumer": consumer}
    mine = sorted(
        (name["subscription"], key)
        for key, name in listed(space, prefix(project, consumer))
        if name.kind == "pin" and name["subscription"].startswith(f"{stem}=")
    )
    text = json.dumps(list(places), sort_keys=True, ensure_ascii=True)
    before = read_record(space, mine[-1][1], "pin") if mine else None
    if before is None and not places:
        return False
    if before is not None and before.get("expects") == text and _until(before) - now >= RENEWED:
        return False
    moment = now.astimezone(UTC).strftime(_MOMENT)
    if mine and moment <= (last := mine[-1][0].rpartition("=")[2]):
        moment = _after(last)
    key = names.build("pin", **at, subscription=f"{stem}={moment}")
    until = f"{(now + TERM).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    # Text, since a column may be called as what names an artifact is.
    body = {"address": address, "expects": text, "until": until}
    return create_record(space, key, "pin", body)


def _after(moment: str) -> str:
    """The next name: a clock that went back hides nothing."""
    day, _, time = moment.partition("T")
    return f"{day}T{int(time) + 1:0{len(time)}d}"


def _until(body: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(body["until"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)


def expectations(space: Space, project: str, now: datetime) -> list[Expectation]:
    """The newest record of each consumer, address and kind that is in force. What can't be read as
    one is left out: any consumer may have written it. Raises StoreDenied, StoreUnreachable."""
    newest: dict[tuple[str, str], tuple[str, str]] = {}
    for key, name in listed(space, prefix(project)):
        stem, _, moment = name["subscription"].rpartition("=") if name.kind == "pin" else ("",) * 3
        if stem.startswith(EXPECTS):
            group = (name["consumer"], stem)
            newest[group] = max(newest.get(group, ("", "")), (moment, key))
    found = each(
        lambda one: _read(space, one[0][0], one[1][1]), [(g, v) for g, v in sorted(newest.items())]
    )
    return [one for one in found if one is not None and now < one.until and one.places]


def _read(space: Space, consumer: str, key: str) -> Expectation | None:
    try:
        body = read_record(space, key, "pin")
        places = json.loads(body["expects"])
        told = tuple(one for one in places if isinstance(one, dict))
        return Expectation(consumer, str(body["address"]), _until(body), told)
    except (StoreDamaged, KeyError, TypeError, ValueError, RecursionError):
        return None
