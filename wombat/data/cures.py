"""What to write for a column of another type: one expression, in the library at hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wombat.schema.types import LogicalType

_TICKS: Final = ("timestamp", "duration")


def cure(name: str, made: LogicalType, wanted: LogicalType, library: str | None) -> str | None:
    """An expression that makes a column of one type into another's, of pandas or polars.

    None where no one line does: it would have to guess what is meant, or there is none.
    """
    if library == "pandas":
        return _pandas(f"frame[{json.dumps(name, ensure_ascii=False)}]", made, wanted)
    if library == "polars":
        return _polars(f"pl.col({json.dumps(name, ensure_ascii=False)})", made, wanted)
    return None


def _pandas(column: str, made: LogicalType, wanted: LogicalType) -> str | None:
    number = f"pd.to_numeric({column})" if made.kind == "string" else column
    if wanted.family in ("integer", "float") and _countable(made):
        kind = wanted.kind.replace("int", "Int").replace("uI", "UI")
        return f'{number}.astype("{kind}")'
    if wanted.kind == "bool" and made.family in ("integer", "float"):
        return f'{column}.astype("boolean")'
    if wanted.kind == "string" and made.family in ("integer", "float", "bool"):
        return f'{column}.astype("string")'
    if wanted.kind == "date" and made.kind in ("timestamp", "string"):
        moments = f"pd.to_datetime({column})" if made.kind == "string" else column
        return f"{moments}.dt.date"
    if wanted.kind == "timestamp":
        return _pandas_moments(column, made, wanted)
    if wanted.kind == "duration" and made.kind in ("duration", "string"):
        text = f"pd.to_timedelta({column})" if made.kind == "string" else column
        return f'{text}.dt.as_unit("{wanted.unit}")'
    return None


def _pandas_moments(column: str, made: LogicalType, wanted: LogicalType) -> str | None:
    unit = f'.dt.as_unit("{wanted.unit}")'
    if made.kind == "timestamp":
        moved = _moved(made, wanted, "tz_localize", "tz_convert")
        return f"{column}{moved}{'' if made.unit == wanted.unit else unit}"
    if made.kind == "string" and wanted.timezone == "UTC":
        return f"pd.to_datetime({column}, utc=True){unit}"
    if made.kind in ("string", "date"):
        moved = f'.dt.tz_localize("{wanted.timezone}")' if wanted.timezone else ""
        return f"pd.to_datetime({column}){moved}{unit}"
    return None


def _polars(column: str, made: LogicalType, wanted: LogicalType) -> str | None:
    if wanted.family in ("integer", "float") and _countable(made):
        return f"{column}.cast(pl.{wanted.kind.title().replace('Ui', 'UI')})"
    if wanted.kind == "bool" and made.family in ("integer", "float"):
        return f"{column}.cast(pl.Boolean)"
    if wanted.kind == "string" and made.family in ("integer", "float", "bool"):
        return f"{column}.cast(pl.String)"
    if wanted.kind == "decimal" and made.family in ("integer", "float", "decimal"):
        return f"{column}.cast(pl.Decimal({wanted.precision}, {wanted.scale}))"
    if wanted.kind == "date" and made.kind in ("timestamp", "string"):
        return f"{column}.{'dt.date' if made.kind == 'timestamp' else 'str.to_date'}()"
    if wanted.kind in _TICKS and wanted.unit != "s":  # polars has no seconds
        return _polars_ticks(column, made, wanted)
    return None


def _polars_ticks(column: str, made: LogicalType, wanted: LogicalType) -> str | None:
    moved = _moved(made, wanted, "replace_time_zone", "convert_time_zone")
    if made.kind == wanted.kind:
        unit = "" if made.unit == wanted.unit else f'.dt.cast_time_unit("{wanted.unit}")'
        return f"{column}{moved}{unit}"
    if wanted.kind == "timestamp" and made.kind == "string":
        return f'{column}.str.to_datetime(time_unit="{wanted.unit}"){moved}'
    if wanted.kind == "timestamp" and made.kind == "date":
        return f'{column}.cast(pl.Datetime("{wanted.unit}")){moved}'
    return None


def _moved(made: LogicalType, wanted: LogicalType, place: str, convert: str) -> str:
    """The step from one time zone to another, from or to none."""
    if made.timezone == wanted.timezone:
        return ""
    if wanted.timezone is None:
        return f".dt.{place}(None)"
    return f'.dt.{convert if made.timezone else place}("{wanted.timezone}")'


def _countable(made: LogicalType) -> bool:
    return made.family in ("integer", "float", "decimal", "bool") or made.kind == "string"
