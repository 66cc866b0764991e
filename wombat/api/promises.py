"""What an output promises beside its schema, and which changes of that its consumers meet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from wombat.api.addresses import labels_meant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.language.address import Address
    from wombat.plan.offers import Offer

Weight = Literal["error", "warning", "note"]
_NESTED: Final = ("tensors", "signature", "inputs", "outputs", "ranges", "files")
_LOWEST: Final = ("min", "min_size")
_HIGHEST: Final = ("max", "max_size")
_SHOWN: Final = 60


class Changed(NamedTuple):
    """A change in words, and what it is to a consumer: `error` where what it takes isn't there in
    that form any more, `warning` where nobody can say, `note` where only less is made sure."""

    weight: Weight
    said: str
    about: str


def promises(old: Offer, new: Offer, address: Address | None = None) -> tuple[Changed, ...]:
    """What became of an output's parts, of what is asked of its files, and of how strictly
    production holds it to that; as one who takes an address of it meets it, or anybody."""
    found = [*_parts(old, new, address), *_asked(old.asks, new.asks)]
    if old.type in ("file", "model") and (old.file, new.file) != (None, None):
        found += _kept(old, new)
    promised = new.schema is not None or bool(new.asks)
    if promised and new.weak is not None and old.weak is None:
        said = f"production doesn't enforce what it promises any more ({new.weak})"
        found.append(Changed("note", said, "policy"))
    return tuple(found)


def same_promises(old: Offer, new: Offer) -> bool:
    return (old.parts, old.asks, old.file, old.weak) == (new.parts, new.asks, new.file, new.weak)


def _parts(old: Offer, new: Offer, address: Address | None) -> Iterator[Changed]:
    if address is not None and address.part is not None:
        meant = set(labels_meant(address.part))
        if meant & set(old.parts) and not meant & set(new.parts):
            there = "made as one now" if not new.parts else "not made any more"
            yield Changed("error", f"its part [{address.part}] is {there}", "parts")
    elif not old.parts and new.parts:
        listed = ", ".join(new.parts[:3]) + (", …" if len(new.parts) > 3 else "")
        yield Changed("error", f"it is made in parts now ({listed}), was made as one", "parts")
    elif old.parts and not new.parts:
        yield Changed("warning", "it is made as one now, was made in parts", "parts")
    elif gone := sorted(set(old.parts) - set(new.parts)):
        listed = ", ".join(gone[:3]) + (", …" if len(gone) > 3 else "")
        yield Changed("warning", f"parts of it aren't made any more: {listed}", "parts")


def _kept(old: Offer, new: Offer) -> Iterator[Changed]:
    if old.file != new.file:
        yield Changed("warning", f"its file is {new.file}, was {old.file}", "file")


def _asked(
    old: Mapping[str, Any], new: Mapping[str, Any], where: tuple[str, ...] = ()
) -> Iterator[Changed]:
    """What is asked of files: each word that was said and is said otherwise now, or not at all.
    Words that are new only make sure of more."""
    for word, before in sorted(old.items()):
        now, path = new.get(word), (*where, word)
        if word == "json_schema" and isinstance(now, dict) and before["schema"] == now["schema"]:
            continue
        if before == now or _stricter(word, before, now):
            continue
        if word == "model_code" and old.get("model") != new.get("model"):
            continue  # another class is told already
        inside = word in _NESTED or bool(where and where[-1] in _NESTED)
        if inside and isinstance(before, dict) and isinstance(now, dict):
            yield from _asked(before, now, path)
        else:
            yield _word(path, before, now)


def _word(path: tuple[str, ...], before: Any, now: Any) -> Changed:
    name = ".".join(path)
    if path[-1] == "json_schema":
        return Changed("warning", "its JSON Schema isn't what it was", name)
    if path[-1] == "model_code":
        return Changed("warning", "the code of its model isn't what it was", "model")
    wrong = now is not None and (
        path[-1] == "dtype" or (path[-1] == "shape" and _clash(before, now))
    )
    is_now = "isn't said any more" if now is None else f"is {_short(now)}"
    return Changed("error" if wrong else "warning", f"{name} {is_now}, was {_short(before)}", name)


def _stricter(word: str, before: Any, now: Any) -> bool:
    if now is None or isinstance(before, dict):
        return False
    if word in _LOWEST:
        return bool(now >= before)
    return word in _HIGHEST and bool(now <= before)


def _clash(before: Any, now: Any) -> bool:
    """Whether nothing has both shapes: another rank, or another size where both say one."""
    if len(before) != len(now):
        return True
    sizes = ((a, b) for a, b in zip(before, now, strict=True))
    return any(isinstance(a, int) and isinstance(b, int) and a != b for a, b in sizes)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
