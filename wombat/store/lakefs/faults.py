"""What lakeFS, or the way to it, said instead of an answer: its status decides, once its words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from wombat.errors import Absent, Conflict, StoreDenied, StoreUnreachable, WombatError
from wombat.printable import one_line

_PASSING: Final = frozenset({0, 408, 420, 423, 429, 500, 502, 503, 504})
"""420 is lakeFS's own for too many requests at once; 423: a branch is locked for a moment."""
_PUT_OFF: Final = frozenset({420, 423, 429})
_LONGEST: Final = 300
_LACKING: Final = "insufficient permissions"
"""lakeFS says 401, too, to whom it knows and who lacks a right; only these words tell it apart."""
PROTECTED: Final = "protected branch"
DIRTY: Final = "dirty branch"
"""Words in which lakeFS says no to whom it knows, and who has the right."""
UNSENT: Final = ("NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ProxyError")
"""Kinds of urllib3's errors after which the server can't have seen the request."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One failed request. `status` is 0 without an answer; `said` is the server's own sentence, on
    one line, cut; `unsent`: the server can't have seen it; `foreign`: what answers isn't lakeFS;
    `branch`: what it was to write to, if that is known."""

    status: int
    said: str = ""
    unsent: bool = False
    reason: str = ""
    foreign: bool = False
    branch: str = ""

    @property
    def protected(self) -> bool:
        """A rule says that the branch takes merges alone."""
        return self.status == 403 and PROTECTED in self.said

    @property
    def passing(self) -> bool:
        """Another try may help."""
        return self.status in _PASSING and not self.foreign

    @property
    def put_off(self) -> bool:
        """lakeFS itself said that it did nothing yet."""
        return self.status in _PUT_OFF

    @property
    def refused(self) -> bool:
        """lakeFS itself said no, before it changed anything."""
        return 400 <= self.status < 500 and self.status not in _PASSING


def not_lakefs(reason: str) -> Fault:
    """Of an answer that lakeFS never gives, as of a page to sign in. It has no status: what it says
    tells nothing of what is there."""
    return Fault(0, reason=reason, foreign=True)


def fault_of_answer(status: int, body: bytes | str | None) -> Fault:
    """Of an answer that is none of the awaited ones. lakeFS sends nobody elsewhere, and says each
    no in JSON."""
    text = _text(body).lstrip()
    worded = text.startswith("{")
    if status < 400 or (status < 500 and status not in _PASSING and not worded):
        return not_lakefs(f"it answers {status}{'' if worded else ', and with no JSON'}")
    try:
        # A refused deletion has two documents behind each other: the first says what it was.
        tree: Any = json.JSONDecoder().raw_decode(text)[0]
    except ValueError:
        tree = {}
    text = tree.get("message", "") if isinstance(tree, dict) else ""
    return Fault(status, one_line(str(text))[:_LONGEST].strip())


def _text(body: bytes | str | None) -> str:
    return body.decode(errors="replace") if isinstance(body, bytes) else body or "{}"


def fault_of_error(error: BaseException) -> Fault:
    """Of an error of urllib3's, by its kind alone."""
    inner = getattr(error, "reason", None)
    kinds = {kind.__name__ for one in (error, inner) for kind in type(one).__mro__}
    unsent = bool(kinds & {*UNSENT})
    if kinds & {"SSLError", "CertificateError"}:
        return Fault(0, unsent=True, reason="its certificate isn't trusted")
    # A refused connection is a kind of timeout to urllib3.
    late = kinds & {"ReadTimeoutError", "ConnectTimeoutError", "TimeoutError"}
    if late and not kinds & {"NewConnectionError"}:
        return Fault(0, unsent=unsent, reason="it timed out")
    return Fault(0, unsent=unsent, reason="nobody answers there" if unsent else "it broke off")


def typed(fault: Fault, server: str, what: str, place: str) -> WombatError:
    """The error to raise. `what` is a right of lakeFS's, such as `fs:ReadObject`; `place` what it
    was asked for, as people know it."""
    said = f": {fault.said}" if fault.said else ""
    lacks = fault.status == 401 and fault.said.startswith(_LACKING)
    if fault.status == 401 and not lacks:
        return StoreDenied(
            f"lakeFS at {server} doesn't know who asks, or not any more{said}",
            code="lakefs-credentials",
            hint="look at the access key and its secret, or get a new token",
        )
    if fault.status == 403 or lacks:
        return StoreDenied(
            f"{what} is refused at {place}{said}",
            code="lakefs-denied",
            hint="the rights that are needed: wombat store policy",
        )
    if fault.status == 404:
        return Absent(f"{place} is not in lakeFS{said}")
    if fault.status in (409, 412):
        return Conflict(f"lakeFS refuses {what} at {place}{said}", code="lakefs-conflict")
    if fault.refused:
        return Conflict(
            f"lakeFS at {server} refuses {what} of {place} with {fault.status}{said}",
            code="lakefs-refused",
            hint="it says the same again: look at the path, and how long it is",
        )
    if fault.foreign:
        return StoreUnreachable(
            f"what answers at {server} isn't lakeFS: {fault.reason}; expected its own address",
            code="lakefs-unreachable",
            hint="look at the endpoint: https://HOST, without /ui, and nothing before it that asks "
            "people to sign in",
        )
    if fault.status:
        return StoreUnreachable(
            f"lakeFS at {server} answers {fault.status} to {what} of {place}{said}",
            hint="try again later; what it was is in the server's log",
        )
    what_happened = "can't be reached" if fault.unsent else "gave no whole answer"
    reason = f": {fault.reason}" if fault.reason else ""
    return StoreUnreachable(
        f"lakeFS at {server} {what_happened}{reason}",
        hint="check the network, the endpoint, and its certificate",
    )


def protected(fault: Fault, repository: str, what: str, rule: str | None) -> Conflict:
    """Where a branch takes merges alone, by a rule that may be known."""
    branch = f"the branch {fault.branch}" if fault.branch else "a branch"
    by = f" by the rule '{rule}'" if rule else ""
    return Conflict(
        f"{branch} of {repository} is protected{by}, so lakeFS refuses {what}: {fault.said}",
        code="lakefs-refused",
        hint=f"narrow the rule: lakectl branch-protect list lakefs://{repository}",
    )


def nowhere(place: str, server: str, said: str) -> StoreUnreachable:
    """Where a branch, or its repository, isn't there; `place` as `repository/branch`."""
    repository, _, branch = place.partition("/")
    told = f": {said}" if said else ""
    return StoreUnreachable(
        f"there is no branch '{branch}' in a repository '{repository}' of lakeFS at {server}{told}",
        hint="check the address; whoever looks after lakeFS makes them: lakectl branch create",
    )
