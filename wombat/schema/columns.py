"""A written column as it is meant: constants in its type, words that its type has."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.language.near import near
from wombat.language.scalars import shown
from wombat.schema.constants import NoConstant, constant
from wombat.schema.model import BOUNDS, Column
from wombat.schema.pattern import parse_pattern
from wombat.schema.pattern_parser import BadPattern
from wombat.schema.types import MAX_PRECISION, PARAMETERS, LogicalType

if TYPE_CHECKING:
    from wombat.errors import Diagnostics
    from wombat.language.source import Document
    from wombat.schema.written import WrittenColumn

WORDS: Final[dict[str, tuple[str, ...]]] = {
    "integer": (*BOUNDS, "in"),
    "float": BOUNDS,
    "decimal": (*BOUNDS, "in"),
    "temporal": (*BOUNDS, "in"),
    "bool": ("in",),
    "text": ("in", "match", "length"),
    "binary": ("length",),
    "any": (),
}
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*|[+-]\d{2}:\d{2}")


def meant_column(
    written: WrittenColumn, name: str, document: Document, sink: Diagnostics
) -> Column | None:
    """None where its type is wrong; other mistakes go to `sink` and are left out."""
    reader = _Reader(written, name, document, sink)
    kind = reader.kind()
    if kind is None:
        return None
    reader.refuse_foreign(kind)
    bounds: dict[str, Any] = {word: reader.constant(kind, word) for word in BOUNDS}
    reader.check_interval(bounds)
    return Column(
        kind,
        within=reader.members(kind),
        match=reader.match(),
        length=written.length,
        nullable=written.nullable,
        required=written.required,
        unique=written.unique,
        severity=written.severity,
        pii=written.pii,
        title=written.title,
        description=written.description,
        **bounds,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    written: WrittenColumn
    name: str
    document: Document
    sink: Diagnostics

    def error(self, code: str, said: str, *steps: str | int, hint: str | None = None) -> None:
        place = self.document.at("columns", self.name, *steps)
        self.sink.error(code, said, place, hint=hint)

    def kind(self) -> LogicalType | None:
        allowed = PARAMETERS.get(self.written.type, ())
        wrong = False
        for word in ("unit", "timezone", "precision", "scale", "of"):
            if getattr(self.written, word) is not None and word not in allowed:
                wrong = True
                said = f"'{word}' is no parameter of {self.written.type}"
                expected = f"; expected {' and '.join(allowed)}" if allowed else "; it has none"
                self.error("type-parameters", said + expected, word)
        needed = {"decimal": "precision", "enum": "of"}.get(self.written.type)
        if needed and getattr(self.written, needed) is None:
            wrong = True
            self.error("type-parameters", f"{self.written.type} needs '{needed}'", "type")
        return None if wrong or not self._parameters_fit() else self._type()

    def _parameters_fit(self) -> bool:
        scale, precision = self.written.scale or 0, self.written.precision or MAX_PRECISION
        if self.written.type == "decimal" and scale > precision:
            self.error("type-parameters", f"scale {scale} exceeds precision {precision}", "scale")
            return False
        zone = self.written.timezone
        if zone is not None and not _ZONE.fullmatch(zone):
            self.error(
                "type-parameters",
                f"{shown(zone)} is no time zone; expected one like UTC or Europe/Berlin",
                "timezone",
            )
            return False
        if zone is not None and not is_known_zone(zone):
            self.error(
                "type-parameters",
                f"no time zone {shown(zone)}; expected one like UTC or Europe/Berlin",
                "timezone",
                hint=near(zone, zoneinfo.available_timezones()),
            )
            return False
        members = self.written.of or ()
        if len(set(members)) < len(members):
            self.error("type-parameters", "a member stands twice; expected each once", "of")
            return False
        return True

    def _type(self) -> LogicalType:
        kind, written = self.written.type, self.written
        if kind in ("timestamp", "duration"):
            zone = canonical_zone(written.timezone)
            return LogicalType(kind, unit=written.unit or "us", timezone=zone)
        if kind == "decimal":
            return LogicalType(kind, precision=written.precision, scale=written.scale or 0)
        return LogicalType(kind, of=tuple(written.of or ()))

    def refuse_foreign(self, kind: LogicalType) -> None:
        allowed = WORDS[kind.family]
        allowed = ("in",) if kind.kind == "enum" else allowed
        for word in (*BOUNDS, "within", "match", "length"):
            said = "in" if word == "within" else word
            if getattr(self.written, word) is None or said in allowed:
                continue
            fits = f"; expected {', '.join(allowed)}" if allowed else "; it has no checks"
            hint = "say bounds, with a tolerance" if kind.family == "float" else None
            self.error("check-type", f"'{said}' doesn't fit {kind}{fits}", said, hint=hint)

    def fits(self, kind: LogicalType, word: str) -> bool:
        return word in (("in",) if kind.kind == "enum" else WORDS[kind.family])

    def constant(self, kind: LogicalType, word: str) -> Any:
        value = getattr(self.written, word)
        if value is None or not self.fits(kind, word):
            return None
        return self._convert(kind, value, word)

    def members(self, kind: LogicalType) -> tuple[Any, ...] | None:
        values = self.written.within
        if values is None or not self.fits(kind, "in"):
            return None
        found = [self._convert(kind, v, "in", n) for n, v in enumerate(values)]
        return tuple(value for value in found if value is not None)

    def _convert(self, kind: LogicalType, value: Any, *steps: str | int) -> Any:
        try:
            return constant(value, kind)
        except NoConstant as fault:
            self.error(
                "constant-type", f"{shown(value)} is no {kind} constant; expected {fault}", *steps
            )
            return None

    def match(self) -> str | None:
        text = self.written.match
        if text is None:
            return None
        try:
            parse_pattern(text)
        except BadPattern as fault:
            self.error("pattern-syntax", f"this pattern can't be used: {fault}", "match")
            return None
        return text

    def check_interval(self, bounds: dict[str, Any]) -> None:
        lows = [bounds[word] for word in ("min", "gt") if bounds[word] is not None]
        highs = [bounds[word] for word in ("max", "lt") if bounds[word] is not None]
        if not lows or not highs:
            return
        low, high = max(lows), min(highs)
        if low > high or (low == high and (bounds["gt"] == low or bounds["lt"] == high)):
            word = "max" if bounds["max"] is not None else "lt"
            self.error("bounds-empty", "no value lies within these bounds", word)


def canonical_zone(zone: str | None) -> str | None:
    """One name for UTC."""
    return "UTC" if zone in ("UTC", "Etc/UTC", "utc", "Z", "+00:00", "-00:00") else zone


def is_known_zone(zone: str) -> bool:
    """Whether the machine's time zones have it; True for offsets, and where there are none."""
    name = canonical_zone(zone) or "UTC"
    if name == "UTC" or name[0] in "+-":
        return True
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return not zoneinfo.available_timezones()
    return True
