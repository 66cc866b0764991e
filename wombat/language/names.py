"""Names, durations and sizes: one grammar each, checked on the way in and back."""

from __future__ import annotations

import keyword
import re
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

from wombat.language.address import IDENTIFIER, NAME, quoted
from wombat.language.scalars import Words, mistake

SCHEMA_NAME: Final = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*"
LABEL: Final = r"[A-Za-z0-9._-]{1,40}"
RESERVED_TASKS: Final = ("publish", "gather")


def check_name(name: str, what: str = "name") -> str:
    """A pipeline's or a task's name; raises the field error `invalid-name`."""
    if not re.fullmatch(NAME, name):
        raise mistake(
            "invalid-name",
            f"{quoted(name)} is no {what}; expected lower-case letters, "
            "digits, '_' or '-', beginning with a letter, at most 63",
            _mended(name),
        )
    return name


def check_task_name(name: str) -> str:
    """A task's name: not one that Wombat's own jobs have."""
    if name in RESERVED_TASKS or name.startswith("gather-"):
        raise mistake(
            "reserved-name",
            f"'{name}' is reserved for a job of Wombat's own",
            f"call it '{name}-data'" if name == "publish" else None,
        )
    return check_name(name, "task name")


def check_identifier(name: str) -> str:
    """An input's, output's, parameter's or foreach key's name: it becomes an argument."""
    if not re.fullmatch(IDENTIFIER, name):
        raise mistake(
            "invalid-name",
            f"{quoted(name)} is no argument's name; expected lower-case "
            "letters, digits or '_', beginning with a letter, at most 63",
            _mended(name),
        )
    if keyword.iskeyword(name):
        raise mistake(
            "invalid-name",
            f"'{name}' is a word of Python; expected another name",
            f"call it '{name}_'",
        )
    return name


def check_output_name(name: str) -> str:
    """An output's name: without the suffix that Wombat adds itself."""
    if name.endswith("_rejected"):
        raise mistake(
            "reserved-name",
            f"output {quoted(name)} ends in '_rejected'; that suffix is reserved for rows "
            "that a check sets aside",
        )
    return check_identifier(name)


def _mended(name: str) -> str | None:
    mended = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")[:63]
    return f"for example '{mended}'" if re.fullmatch(IDENTIFIER, mended) else None


Name = Annotated[
    Words, AfterValidator(check_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME}$"})
]
TaskName = Annotated[Words, AfterValidator(check_task_name)]
Identifier = Annotated[Words, AfterValidator(check_identifier)]

OutputName = Annotated[Words, AfterValidator(check_output_name)]


_DURATION: Final = re.compile(
    r"(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?"
)
_SIZE: Final = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,6}))? ?(B|KiB|MiB|GiB|TiB|kB|MB|GB|TB)")
_UNITS: Final = {
    "B": 1,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
    "TiB": 1 << 40,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
}


def parse_duration(text: str) -> int:
    """Seconds in `90m`, `1h30m`, `2d`; raises the field error `invalid-duration`."""
    found = _DURATION.fullmatch(text)
    if not text or not found:
        raise mistake(
            "invalid-duration",
            f"{quoted(text)} is no duration; expected one like 90m",
            "units are d, h, m, s: 1h30m",
        )
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if not 0 < total <= 30 * 86400:
        raise mistake("invalid-duration", f"{quoted(text)} is out of range; expected 1s to 30d")
    return total


def parse_size(text: str) -> int:
    """Bytes in `4GiB`, `500MB`; raises the field error `invalid-size`."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise mistake(
            "invalid-size",
            f"{quoted(text)} is no size; expected one like 4GiB",
            "units are KiB, MiB, GiB, TiB",
        )
    below = found[2] or ""
    scale: int = 10 ** len(below)
    return int(found[1] + below) * _UNITS[found[3]] // scale


def _duration(node: object) -> object:
    return parse_duration(str(node)) if isinstance(node, str) else node


def _size(node: object) -> object:
    return parse_size(str(node)) if isinstance(node, str) else node


Duration = Annotated[
    int,
    BeforeValidator(
        _duration,
        json_schema_input_type=Annotated[
            str, StringConstraints(pattern=r"^(\d+d)?(\d+h)?(\d+m)?(\d+s)?$")
        ],
    ),
]
Size = Annotated[
    int,
    BeforeValidator(
        _size,
        json_schema_input_type=Annotated[
            str, StringConstraints(pattern=r"^\d+(\.\d+)?\s*(B|[KMGT]iB|[kMGT]B)$")
        ],
    ),
]
