"""A server's answers, and what each failure means to whoever asked."""

from __future__ import annotations

import json
import re
import urllib.parse
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn

from wombat.errors import (
    Absent,
    ForgeDenied,
    ForgeUnreachable,
    OutcomeUnknown,
    UsageFault,
    WombatError,
)
from wombat.forge.token import hidden

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.forge.token import Token

_LONGEST: Final = 200
_NATURAL: Final = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: header names in lower case; `tree` is the body's JSON, None without one."""

    status: int
    headers: Mapping[str, str]
    data: bytes = field(default=b"", repr=False)
    tree: Any = None

    def holding(self, tree: Any) -> Answer:
        return replace(self, tree=tree)


def natural(text: str) -> int | None:
    """A number as servers write them in headers; None for what is none, or absurdly long."""
    text = text.strip()
    return int(text) if _NATURAL.fullmatch(text) else None


def target_of(url: str, answer: Answer) -> str:
    """Where a redirect leads; empty where that is no address."""
    try:
        target = urllib.parse.urljoin(url, answer.headers.get("location", ""))
        urllib.parse.urlsplit(target)
    except ValueError:
        return ""
    return target


def refused(method: str, path: str, answer: Answer, token: Token | None) -> WombatError:
    """What a status of 400 and more means."""
    asked, said = f"{method} {path}", _said(answer, token)
    match answer.status:
        case 401:
            return ForgeDenied(
                f"the server knows no such token{_named(token)}; expected one that is valid: "
                f"{asked}{said}",
                hint="it may have expired or been revoked; make a new one with the scope 'api'",
            )
        case 403:
            return ForgeDenied(
                f"the token{_named(token)} may not: {asked}{said}",
                hint="it needs the scope 'api' and the role Maintainer in the project",
            )
        case 404 | 410:
            return Absent(
                f"the server shows nothing there to the token{_named(token)}: {asked}",
                code="forge-absent",
                hint="GitLab says so too where the token may not see it: check its project, role "
                "and scope",
            )
        case 429:
            wait = natural(answer.headers.get("retry-after", ""))
            said = "" if wait is None else f" {wait:,} seconds"
            return ForgeUnreachable(
                f"the server asks to wait{said}: {asked}", hint="try again later"
            )
        case status if status >= 500:
            return _unanswered(method, asked, f"fails with {status}")
    return UsageFault(f"the server refuses: {asked} ({answer.status}){said}", code="forge-refused")


def lost(method: str, path: str, fault: Exception, token: Token | None) -> WombatError:
    """No answer came, or not all of it. The fault may hold what the server said."""
    reason = getattr(fault, "reason", fault)
    if isinstance(reason, TimeoutError) or isinstance(fault, TimeoutError):
        why = "doesn't answer in time"
    else:
        said = _plain(hidden(str(reason), token))
        why = f"can't be reached ({said or type(reason).__name__})"
    return _unanswered(method, f"{method} {path}", why)


def broken(method: str, path: str, what: str) -> WombatError:
    """An answer came that this interface never gives."""
    if method == "GET":
        return ForgeUnreachable(
            f"the answer to {method} {path} {what}; expected JSON of GitLab's interface",
            hint="is the address right, and does no login page or proxy stand before it?",
        )
    return _unanswered(method, f"{method} {path}", f"answered what {what}")


def moved(answer: Answer, url: str) -> NoReturn:
    """A redirect that isn't followed: elsewhere, too many, or of a change."""
    target = urllib.parse.urlsplit(target_of(url, answer))
    raise ForgeUnreachable(
        f"the server sends us on to {_plain(target.netloc)[:80] or 'nowhere'}; the token wasn't "
        "sent there, and nothing was changed",
        hint="name the server and the repository as they are now: --server, --repository",
    )


def _unanswered(method: str, asked: str, why: str) -> WombatError:
    if method == "GET":
        return ForgeUnreachable(f"the server {why}: {asked}", hint="try again; nothing was changed")
    return OutcomeUnknown(
        f"the server {why}, and nobody can say whether it did what was asked: {asked}",
        hint="run the same command again: it looks at what is there first",
    )


def _named(token: Token | None) -> str:
    return f" in {token.name}" if token else " (none was sent)"


def _said(answer: Answer, token: Token | None) -> str:
    """The server's own words, short, without what could hide in them."""
    try:
        tree = json.loads(answer.data)
        if not isinstance(tree, dict):
            return ""
        words = tree.get("error_description") or tree.get("message") or tree.get("error")
        text = words if isinstance(words, str) else json.dumps(words, ensure_ascii=True)
    except (ValueError, RecursionError):
        return ""
    return f"; it says: {_plain(hidden(text, token))}" if words else ""


def _plain(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]+", " ", text).strip()[:_LONGEST]
