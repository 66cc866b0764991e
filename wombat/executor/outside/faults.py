"""What is said of a source that can't be had; no word of its server's is repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.errors import Absent, SourceDenied, SourceUnreachable, UsageFault
from wombat.printable import shown_url

if TYPE_CHECKING:
    from wombat.errors import WombatError


_RIGHTS: Final = (
    "s3: the environment's credentials need s3:GetObject there; the web is asked without"
)
_LATER: Final = "try again later; or ask who offers it"


def absent(url: str, said: str = "") -> Absent:
    return Absent(
        f"there is nothing at {shown_url(url)}{f': {said}' if said else ''}",
        code="source-absent",
        hint="look at the address, and whether the data has come already",
    )


def denied(url: str, said: str, hint: str = _RIGHTS) -> SourceDenied:
    return SourceDenied(f"{shown_url(url)} isn't handed out to this machine: {said}", hint=hint)


def unreachable(url: str, said: str, hint: str = _LATER) -> SourceUnreachable:
    return SourceUnreachable(f"{shown_url(url)} can't be had: {said}", hint=hint)


def refused(url: str, said: str) -> UsageFault:
    """Addresses that are never spoken to, whoever names them."""
    return UsageFault(f"{shown_url(url)} {said}; expected a server of data", code="source-refused")


def of_status(url: str, status: int) -> WombatError:
    """What an answer's status means that isn't the data."""
    if status in (404, 410):
        return absent(url)
    if status in (401, 403, 407):
        return denied(url, f"the answer is {status}")
    return unreachable(url, f"the answer is {status}")
