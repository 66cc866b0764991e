"""What a YAML reader says of broken syntax, at the place and in the words that help."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from wombat.errors import Place

_UNCLOSED: Final = {
    "while scanning a quoted scalar": "quote",
    "while parsing a flow sequence": "'['",
    "while parsing a flow mapping": "'{'",
}
_MARKS: Final = {"alias": "*", "anchor": "&", "tag": "!"}
_QUOTED: Final = "put the text in quotes"
_NO_BLANK: Final = re.compile(r"\s*(?:- )?[\w-]+(?=:[^\s/])")
_INDENT: Final = "YAML sees levels by indentation alone; spaces only"


@dataclass(frozen=True, slots=True)
class Fault:
    """A syntax error: its place, what is wrong, and a hint."""

    place: Place
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """A reader's error, and the text that it is about."""

    fault: Any
    text: str
    shown: str

    @property
    def said(self) -> str:
        return str(self.fault.problem or "not YAML")

    def at(self, mark: Any) -> Place:
        return Place(self.shown, mark.line + 1, mark.column + 1)


def explain(fault: Any, text: str, shown: str) -> Fault:
    """The reader's error `fault` about `text`, for a person."""
    case = _Case(fault, text, shown)
    mark = fault.problem_mark or fault.context_mark
    if mark is None:
        return Fault(Place(shown), f"{case.said}; expected YAML")
    for told in (_tab, _unclosed, _colon, _known, _quotable):
        if found := told(case):
            return found
    return Fault(case.at(mark), f"{case.said}; expected YAML")


def _tab(case: _Case) -> Fault | None:
    """A tab in the indentation, in the line of the problem."""
    mark = case.fault.problem_mark
    lines = case.text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" not in indent:
        return None
    place = Place(case.shown, mark.line + 1, indent.index("\t") + 1)
    return Fault(place, "a tab stands in the indentation; expected spaces")


def _unclosed(case: _Case) -> Fault | None:
    opened, stopped = case.fault.context_mark, case.fault.problem_mark
    what = _UNCLOSED.get(str(case.fault.context))
    ends = any(word in case.said for word in ("end of stream", "expected ',' or", "document ind"))
    if what is None or not ends or opened is None:
        return None
    until = ""
    if what != "quote":
        stop = "column", stopped.column
        where, number = stop if stopped.line == opened.line else ("line", stopped.line)
        until = f"; {where} {number + 1} can't belong to it"
    hint = "close it, or put the text in quotes" if what != "quote" else None
    return Fault(case.at(opened), f"this {what} is never closed{until}", hint)


def _colon(case: _Case) -> Fault | None:
    """A colon where no key can be: in a text, after a line without its blank, or too deep."""
    mark, lines = case.fault.problem_mark, case.text.splitlines()
    if case.said != "mapping values are not allowed in this context":
        return None
    above = next((n for n in range(mark.line - 1, -1, -1) if lines[n].strip()), None)
    line = lines[mark.line]
    if re.search(r":\s+\S", line[: mark.column]):
        said = "a second ': ' stands in this line; expected one key a line"
        return Fault(case.at(mark), said, "a text with ': ' in it needs quotes")
    if above is not None and (found := _NO_BLANK.match(lines[above])):
        place = Place(case.shown, above + 1, found.end() + 1)
        return Fault(place, "no blank after this ':'; expected 'key: value'")
    place = Place(case.shown, mark.line + 1, len(line) - len(line.lstrip()) + 1)
    after = f" than line {above + 1}, whose value is complete" if above is not None else ""
    return Fault(place, f"this key stands deeper{after}; expected the same column", _INDENT)


def _known(case: _Case) -> Fault | None:
    """Problems that have one usual cause."""
    if case.said not in _TOLD:
        return None
    message, hint, at_context = _TOLD[case.said]
    above = case.fault.context_mark or case.fault.problem_mark
    mark = above if at_context else case.fault.problem_mark
    return Fault(case.at(mark), message.replace("{line}", str(above.line + 1)), hint)


_TOLD: Final[dict[str, tuple[str, str, bool]]] = {
    "could not find expected ':'": (
        "no ':' after this key; expected 'key: value'",
        "a text over several lines begins with '|'",
        True,
    ),
    "did not find expected key": (
        "this line doesn't fit what begins in line {line}; expected a key in the same column",
        _INDENT,
        False,
    ),
    "did not find expected '-' indicator": (
        "this line doesn't fit the list that begins in line {line}; expected '- '",
        _INDENT,
        False,
    ),
    "block sequence entries are not allowed in this context": (
        "a list can't begin here; expected its first '- ' on a line of its own",
        "or write it in brackets: [a, b]",
        False,
    ),
    "did not find expected <document start>": (
        "this line doesn't belong to what stands above it; expected the end of the file",
        _INDENT,
        False,
    ),
    "found unknown escape character": (
        "a '\\' stands in double quotes with a letter that means nothing",
        "write '\\\\', or use single quotes",
        False,
    ),
}


def _quotable(case: _Case) -> Fault | None:
    """A character that can't begin a value, or an alias, anchor or tag that was meant as text."""
    mark, context = case.fault.problem_mark, str(case.fault.context)
    if case.said == "found character that cannot start any token":
        character = case.text.splitlines()[mark.line][mark.column : mark.column + 1]
        return Fault(case.at(mark), f"'{character}' can't begin a value", _QUOTED)
    kind = context.rpartition(" ")[2]
    if context.startswith(("while scanning a", "while parsing a")) and kind in _MARKS:
        said = f"'{_MARKS[kind]}' begins a YAML {kind}, but this is none"
        return Fault(case.at(case.fault.context_mark), said, _QUOTED)
    return None
