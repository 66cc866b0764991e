"""The words of a data diff: numbers, shares, moments, short and without what could steer."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, Final

from wombat.data.drift import number
from wombat.data.told import share
from wombat.review.amounts import amount
from wombat.review.diagnostics import visible

if TYPE_CHECKING:
    from wombat.data.stats.model import ColumnStats
    from wombat.review.data_diff import ColumnDiff, DataDiff

LONGEST: Final = 32
LEAST: Final = 0.005
"""Standard deviations by which a mean has to move to be told."""
_MOMENT: Final = re.compile(r"[-+]?[0-9][-0-9:.,+TZdays ]*")
"""Dates, times, durations and decimals: what stands as text in a record and is none."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def short(text: str, room: int = LONGEST) -> str:
    """A user's text on one line, cut where it is too long."""
    shown = visible(text)
    return shown if len(shown) <= room else f"{shown[: room - 1]}…"


def figure(value: float) -> str:
    """`1,301`, `12.64`, `3.2e-07`: at most four digits behind what is whole."""
    if isinstance(value, int) or (isfinite(value) and float(value).is_integer()):
        return f"{int(value):,}" if abs(value) < 10**15 else f"{value:.3e}"
    return f"{value:,.1f}" if 1000 <= abs(value) < 10**15 else f"{value:.4g}"


def place(value: float, column: ColumnStats) -> str:
    """A number of a histogram in what its column holds: a date, a moment, a time."""
    kind = (column.type or "").partition("[")[0]
    try:
        if kind == "date":
            return f"{_EPOCH + timedelta(days=value):%Y-%m-%d}"
        if kind == "timestamp":
            moment = _EPOCH + timedelta(seconds=value)
            return f"{moment:%Y-%m-%d}" if value % 86_400 == 0 else f"{moment:%Y-%m-%d %H:%M:%S}"
        if kind in ("time", "duration"):
            return str(timedelta(seconds=value))
    except (OverflowError, ValueError):
        pass
    return figure(value)


def extreme(value: Any) -> str:
    """A least or greatest value as a record has it. Of texts, as records once had them, nothing."""
    if isinstance(value, str):
        if not _MOMENT.fullmatch(value):
            return "(a text)"
        return short(value.replace("T", " ").removesuffix("+00:00"))
    return str(value).lower() if isinstance(value, bool) else figure(value)


def mean(column: ColumnStats) -> str | None:
    return None if column.mean is None else place(column.mean, column)


def kind(column: ColumnStats) -> str:
    """`int64`, `string?` where it may be null; what older records don't say is a blank."""
    return f"{short(column.type or '')}{'?' if column.nullable else ''}"


def change_words(one: ColumnDiff) -> str:
    """`psi 0.31, mean +0.42 sd`."""
    if one.change is None:
        return ""
    said = [] if one.change.psi is None else [f"psi {_psi(one.change.psi)}"]
    if one.change.mean is not None and abs(one.change.mean) >= LEAST:
        said.append(f"mean {signed(one.change.mean)} sd")
    return ", ".join(said)


def _psi(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def signed(value: float) -> str:
    """`+0.42`, `-∞`."""
    if abs(value) == inf:
        return "+∞" if value > 0 else "-∞"
    return f"{'+' if value >= 0 else ''}{number(value)}"


def rows_words(diff: DataDiff) -> str | None:
    """`336,776 → 340,112 (+1 %)`."""
    old, new = diff.before.rows, diff.now.rows
    if old is None or new is None:
        return None
    if old == new:
        return f"{new:,}, as before"
    more = f" ({'+' if new > old else '-'}{share(abs(new - old) / old)})" if old else ""
    return f"{old:,} → {new:,}{more}"


def bytes_words(diff: DataDiff) -> str | None:
    """`1.2 MB → 1.4 MB`."""
    old, new = diff.before.bytes, diff.now.bytes
    if old is None or new is None:
        return None
    return f"{amount(old)} → {amount(new)}" if old != new else amount(new)


def schema_words(diff: DataDiff) -> str | None:
    """Whether both were judged by the same schema."""
    old, new = diff.before, diff.now
    if old.schema is None and new.schema is None:
        return None
    if old.schema != new.schema:
        return f"{short(old.schema or 'none')} → {short(new.schema or 'none')}"
    digests = {old.schema_digest, new.schema_digest}
    known = "" if None in digests else ", as before" if len(digests) == 1 else ", changed"
    return f"{short(new.schema or '')}{known}"


def parts_words(diff: DataDiff) -> str | None:
    """`2 changed, 1 added: eu, us; apac`."""
    found = {word: labels for word, labels in diff.parts.items() if labels}
    said = [f"{len(labels)} {word} ({_some(labels)})" for word, labels in found.items()]
    return ", ".join(said) or None


def _some(labels: list[str]) -> str:
    more = ", …" if len(labels) > 4 else ""
    return ", ".join(short(one, 40) for one in labels[:4]) + more


def sample_words(diff: DataDiff) -> str | None:
    """How many rows the statistics of values are of, where not of all."""
    sides = [side.stats for side in (diff.before, diff.now) if side.stats is not None]
    if all(one.sampled is None for one in sides):
        return None
    looked = [one.rows if one.sampled is None else one.sampled for one in sides]
    return (
        f"{_both(*(f'{count:,}' for count in looked))} rows looked at; nulls, min, max are of all"
    )


def facts(diff: DataDiff) -> list[tuple[str, str]]:
    """What is said of both versions as a whole, by its word."""
    words = {
        "rows": rows_words(diff),
        "bytes": bytes_words(diff) if rows_words(diff) is None else None,
        "schema": schema_words(diff),
        "parts": parts_words(diff),
        "sample": sample_words(diff),
    }
    if diff.before.type and diff.now.type and diff.before.type != diff.now.type:
        words["type"] = f"{short(diff.before.type)} → {short(diff.now.type)}"
    return [(word, said) for word, said in words.items() if said]


def figures(one: ColumnDiff, rows: tuple[int, int]) -> list[tuple[str, str]]:
    """Nulls, mean, least and greatest value of a column, before and now, where they differ or
    matter."""
    a, b = one.before, one.now
    if a is None or b is None:
        return []
    found = []
    if a.nulls or b.nulls:
        rates = [c.nulls / n if n else 0.0 for c, n in ((a, rows[0]), (b, rows[1]))]
        found.append(("nulls", _both(share(rates[0]), share(rates[1]))))
    if (before := mean(a)) is not None and (now := mean(b)) is not None:
        found.append(("mean", _both(before, now)))
    for word in ("min", "max") if b.top is None else ():
        low, high = getattr(a, word), getattr(b, word)
        if low is not None and high is not None:
            found.append((word, _both(extreme(low), extreme(high))))
    if a.distinct is not None and b.distinct is not None and b.hist is None and b.type != "bool":
        found.append(("distinct", _both(f"{a.distinct:,}", f"{b.distinct:,}")))
    return found


def _both(before: str, now: str) -> str:
    return before if before == now else f"{before} → {now}"
