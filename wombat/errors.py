"""Diagnostics with their place, and the family of errors with their exit codes."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Severity = Literal["error", "warning", "note"]

EXIT_CODES: Final[dict[int, str]] = {
    0: "done, skipped or superseded",
    1: "a check says no (stale, differs)",
    2: "usage",
    10: "pipeline or schema invalid",
    11: "data violates its schema",
    12: "task failed or timed out",
    13: "store, outside data, or the CI system's interface, unreachable or denied",
    14: "store content damaged or lost",
    15: "conflict",
    16: "outcome unknown",
    17: "address absent",
    19: "a missing extra or tool",
    70: "bug",
    130: "interrupted",
    143: "terminated",
}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a path as the user typed it, line and column from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Guilty(str):
    """A cell of a witness in which the fault lies."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: `place: severity[code]: message`, the other end of it, a witness and a hint.

    `message` reads "what is wrong; what was expected". `related` names further places. `table` is
    a witness shown as a small table: a header row, then rows of the same length, in which cells at
    fault are `Guilty`. `about` are the
    names that tell it from others of its code, where words and lines around it may change.
    """

    code: str
    message: str
    place: Place
    hint: str | None = None
    severity: Severity = "error"
    related: tuple[tuple[Place, str], ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    about: tuple[str, ...] = ()


@dataclass(slots=True)
class Diagnostics:
    """Collects every mistake of a run, so that all are shown at once."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        self.found.append(diagnostic)

    def error(
        self,
        code: str,
        message: str,
        place: Place,
        *,
        hint: str | None = None,
        related: Iterable[tuple[Place, str]] = (),
        table: Iterable[tuple[str, ...]] = (),
    ) -> None:
        self.add(Diagnostic(code, message, place, hint, "error", tuple(related), tuple(table)))

    def warn(self, code: str, message: str, place: Place, *, hint: str | None = None) -> None:
        self.add(Diagnostic(code, message, place, hint, "warning"))

    @property
    def failed(self) -> bool:
        return any(d.severity == "error" for d in self.found)

    def sorted(self) -> list[Diagnostic]:
        """By place, each only once."""
        return sorted(dict.fromkeys(self.found), key=lambda d: (d.place, d.code, d.message))

    def raise_if_failed(self) -> None:
        if self.failed:
            raise Invalid(self.sorted())

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.sorted())


class WombatError(Exception):
    """An error that is the user's to read: `code` names its rule, `exit_code` its cause.

    It never holds a credential or a data row.
    """

    exit_code: ClassVar[int] = 70
    default_code: ClassVar[str] = "bug"

    def __init__(self, message: str, *, code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class CheckFailed(WombatError):
    """A check says no: something generated is stale, two things differ."""

    exit_code = 1
    default_code = "stale"


class UsageFault(WombatError):
    """A word of the command line can't be meant."""

    exit_code = 2
    default_code = "usage"


class Invalid(WombatError):
    """Pipelines or schemas are wrong; every mistake is in `diagnostics`."""

    exit_code = 10
    default_code = "invalid"

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        count = sum(d.severity == "error" for d in self.diagnostics)
        super().__init__(f"{count} error{'s' if count != 1 else ''}")


class DataInvalid(WombatError):
    """Data violates its schema."""

    exit_code = 11
    default_code = "data-invalid"


class TaskFailed(WombatError):
    """The user's code raised, exited non-zero, returned the wrong thing, or took too long."""

    exit_code = 12
    default_code = "task-failed"


class StoreUnreachable(WombatError):
    """The store doesn't answer, or not in time; a retry may help."""

    exit_code = 13
    default_code = "store-unreachable"


class StoreDenied(StoreUnreachable):
    """The store refuses a right; names the right. Never read as "absent"."""

    default_code = "store-denied"


class ForgeUnreachable(WombatError):
    """The CI system's own interface doesn't answer, or answers what it never does."""

    exit_code = 13
    default_code = "forge-unreachable"


class ForgeDenied(ForgeUnreachable):
    """The CI system's interface refuses a token, or a right of it; nothing was changed."""

    default_code = "forge-denied"


class SourceUnreachable(WombatError):
    """Outside data can't be had: its server doesn't answer, or not as a whole; a retry may help."""

    exit_code = 13
    default_code = "source-unreachable"


class SourceDenied(SourceUnreachable):
    """The server of outside data refuses to hand it out, or its credentials."""

    default_code = "source-denied"


DISK: Final = frozenset(
    (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT, errno.EIO, errno.ENOTDIR)
)
"""Errors of the operating system that are the machine's to mend, not ours."""


class DiskFault(StoreUnreachable):
    """A file of the project, or standard output, can't be written or read."""

    default_code = "disk"

    @classmethod
    def of(cls, fault: OSError) -> DiskFault:
        where = f"{fault.filename}: " if fault.filename else ""
        reason = (fault.strerror or str(fault)).lower()
        full = fault.errno in (errno.ENOSPC, errno.EDQUOT)
        hint = "free some space, then run again" if full else None
        return cls(f"{where}{reason}", hint=hint)


class StoreDamaged(WombatError):
    """Content of the store is damaged or lost; nothing of it was delivered."""

    exit_code = 14
    default_code = "store-damaged"


class Conflict(WombatError):
    """Somebody else's record stands where ours should be; names the winner."""

    exit_code = 15
    default_code = "conflict"


class OutcomeUnknown(WombatError):
    """A commit was sent and nobody can say whether it landed; nothing was cleaned up."""

    exit_code = 16
    default_code = "outcome-unknown"


class Absent(WombatError):
    """No such address, run, ref or object."""

    exit_code = 17
    default_code = "absent"


class MissingExtra(WombatError):
    """An optional dependency or a tool is not installed; the message names the command."""

    exit_code = 19
    default_code = "extra-missing"

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} need the extra: pip install 'wombat-ci[{extra}]'")
        self.extra = extra
