"""Mistakes in the form of GitLab's Code Quality widget."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from wombat.digest import digest_json
from wombat.errors import Guilty
from wombat.review.diagnostics import visible
from wombat.review.places import in_repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.errors import Diagnostic

KEPT: Final = 1000
KEPT_TEXT: Final = 1000
SEVERITIES: Final = {"error": "blocker", "warning": "minor", "note": "info"}
"""An error stops every pipeline until it is mended."""

BOTH_ENDS: Final = ("edge-refuted", "edge-refuted-profile")

_LINES: Final = re.compile(r"(?<=[\w)]):[0-9]+(?::[0-9]+)?\b")


def as_codequality(found: Iterable[Diagnostic], prefix: str = "") -> list[dict[str, Any]]:
    """An entry a diagnostic, in their order; paths are below the repository's root.

    `prefix` is the project's path there, as of `repository_prefix`. A fingerprint stays the same
    when lines move, and stands once. An edge that doesn't hold stands at both its ends. At most
    1,000 entries, errors first; one more says how many there would be.
    """
    every = list(_at_both_ends(found))
    entries = list(_entries(every, prefix))
    chosen = sorted(range(len(every)), key=lambda i: (every[i].severity != "error", i))[:KEPT]
    kept = [entries[index] for index in sorted(chosen)]
    return kept + ([_rest(len(every) - KEPT, kept[0])] if len(every) > KEPT else [])


def _at_both_ends(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """A merge request shows an entry at the lines that it changes: either end may be there."""
    for one in found:
        yield one
        if one.code in BOTH_ENDS:
            here = (one.place, "the other end is here")
            for place, _ in one.related[:1]:
                if (place.path, place.line) == (one.place.path, one.place.line):
                    continue
                yield replace(one, place=place, related=(here, *one.related[1:]))


def _entries(found: Iterable[Diagnostic], prefix: str) -> Iterator[dict[str, Any]]:
    seen: Counter[tuple[str, ...]] = Counter()
    for one in found:
        path = in_repository(prefix, one.place.path)
        what = (path, one.code, *(one.about or (_LINES.sub("", one.message),)))
        seen[what] += 1
        yield {
            "description": _description(one),
            "check_name": one.code,
            "fingerprint": _fingerprint(*what, seen[what]),
            "severity": SEVERITIES[one.severity],
            "location": {"path": path, "lines": {"begin": one.place.line}},
        }


def _fingerprint(*what: str | int) -> str:
    words = [w.encode("utf-8", "backslashreplace").decode() if isinstance(w, str) else w
             for w in what]  # fmt: skip
    return str(digest_json(words))[:32]


def _description(one: Diagnostic) -> str:
    """All that is said of a mistake, in a line: GitLab shows nothing else of it."""
    parts = [one.message, *_example(one), *(f"{place}: {said}" for place, said in one.related)]
    parts += [f"hint: {one.hint}"] if one.hint else []
    text = visible(" · ".join(parts))
    return text if len(text) <= KEPT_TEXT else f"{text[: KEPT_TEXT - 1]}…"


def _example(one: Diagnostic) -> Iterator[str]:
    """The witness's first row, as names with their values; those at fault first."""
    if len(one.table) > 1:
        cells = list(zip(one.table[0], one.table[1], strict=False))
        first = sorted(cells, key=lambda pair: not isinstance(pair[1], Guilty))
        yield "for example " + ", ".join(f"{n}: {value}" if value else n for n, value in first)


def _rest(count: int, beside: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": f"{count:,} more were left out here; wombat check shows all",
        "check_name": "left-out",
        "fingerprint": _fingerprint("left-out"),
        "severity": "info",
        "location": beside["location"],
    }
