"""What S3's client says went wrong, as one of our errors: the status decides, never the text."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wombat.errors import Absent, StoreDenied, StoreUnreachable, WombatError

if TYPE_CHECKING:
    from wombat.store.s3.address import S3Address

_STATUS: Final = re.compile(r"status: (\d{3})\b")
_CODE: Final = re.compile(r"<Code>\s*([A-Za-z0-9.]{1,80})\s*</Code>")
_PART: Final = re.compile(r"DeleteFailed \{[^}]*\bcode: \"([A-Za-z0-9.]{1,80})\"")
"""One of many deletions in an answer that is a success as a whole."""
_KIND: Final = re.compile(r"kind: (Connect|Timeout)\b")
_REASON: Final = re.compile(r"(dns error|Connection refused|certificate|timed ?out)", re.IGNORECASE)
_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})
_PASSING_CODES: Final = frozenset(
    {
        "BadDigest",  # something on the way changed the bytes
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "XAmzContentSHA256Mismatch",
    }
)
_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
_WRONG: Final = {
    "InvalidAccessKeyId": "doesn't know the access key",
    "InvalidClientTokenId": "doesn't know the access key",
    "SignatureDoesNotMatch": "says that the secret isn't that of the access key",
}
_WORDS: Final = {
    "ConnectTimeoutError": "it timed out",
    "ReadTimeoutError": "it timed out",
    "SSLError": "its certificate isn't trusted",
    "ProxyConnectionError": "the proxy in between can't be reached",
    "EndpointConnectionError": "there is no way to it, or nobody listens there",
    "ConnectionClosedError": "it broke the connection off",
    "ConfigParseError": "a file of AWS's settings can't be read",
    "CredentialRetrievalError": "the program or server that has them fails",
    "MetadataRetrievalError": "the machine's or container's own service fails",
    "NoCredentialsError": "there are none",
    "PartialCredentialsError": "a part of them is missing",
    "ProfileNotFound": "there is no such profile",
    "TokenRetrievalError": "a sign-on is over",
    "UnauthorizedSSOTokenError": "a sign-on is over",
}
"""Kinds of botocore's errors; their texts may hold anything."""
_GONE: Final = frozenset({"NoSuchKey", "NoSuchVersion"})
_SKEWED: Final = frozenset({"RequestTimeTooSkewed", "RequestExpired"})
_ELSEWHERE: Final = frozenset(
    {"PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect"}
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One failed request. `status` is 0 without an answer; `code` is S3's own word for it.

    `unsent`: the server can't have seen it. `reason` is for people, out of a few words.
    """

    status: int
    code: str
    unsent: bool = False
    reason: str = ""

    @property
    def passing(self) -> bool:
        """Another try may help."""
        return self.status in _PASSING or self.status == 0 or self.code in _PASSING_CODES

    @property
    def busy(self) -> bool:
        """The server asks for a pause."""
        return self.status in (429, 503) or self.code == "SlowDown"

    @property
    def expired(self) -> bool:
        """The credentials were good, and are over."""
        return self.code in _EXPIRED

    @property
    def refused(self) -> bool:
        """S3 itself said no, before it stored anything."""
        said = 400 <= self.status < 500 and bool(self.code)
        plain = self.status in (401, 403) or 300 <= self.status < 400
        return plain or said or self.conditions_unknown

    @property
    def conditions_unknown(self) -> bool:
        """The server doesn't know the header of a conditional write, and stored nothing."""
        return self.status == 501 or self.code == "NotImplemented"


def fault_of(error: BaseException) -> Fault:
    """Of an exception of obstore; its text is long, and nothing of it is shown to anybody."""
    # What comes first repeats the answer's body as it is; behind this line it is quoted.
    text = str(error).rpartition("\nDebug source:")[2]
    status, code = _STATUS.search(text), _CODE.search(text)
    kind, reason = _KIND.search(text), _REASON.search(text)
    if part := _PART.search(text):
        return Fault(403 if part[1] == "AccessDenied" else 500, part[1])
    return Fault(
        int(status[1]) if status else 0,
        code[1] if code else "",
        bool(kind and kind[1] == "Connect"),
        _said(reason[1]) if reason else "",
    )


def _said(reason: str) -> str:
    lower = reason.lower()
    return {"timedout": "timed out", "certificate": "its certificate isn't trusted"}.get(
        lower, lower
    )


def in_words(error: BaseException) -> str:
    """What an error of botocore means, by its kind alone."""
    return next(
        (_WORDS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _WORDS),
        "it failed for a reason of its own",
    )


def wrong_keys(server: str, code: str) -> StoreDenied | None:
    """Where the server refuses the keys themselves: no right would mend that."""
    if code not in _WRONG:
        return None
    here = "AWS_ACCESS_KEY_ID" in os.environ
    return StoreDenied(
        f"{server} {_WRONG[code]} ({code})",
        code="store-credentials",
        hint="look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they are this server's"
        if here
        else "'aws configure list' shows where the keys come from",
    )


def typed(fault: Fault, address: S3Address, right: str, key: str) -> WombatError:
    """The error to raise. `right` is a permission such as `s3:GetObject`; `key` as in the bucket.

    Only S3's own word makes a thing absent: a 404 of something in between doesn't.
    """
    if fault.code == "NoSuchBucket":
        return StoreUnreachable(
            f"there is no bucket '{address.bucket}' at {address.server}",
            hint="whoever looks after the server makes it; check the store's address",
        )
    if fault.status == 404 and fault.code in _GONE and right == "s3:GetObject":
        return Absent(f"{key} is not in the store")
    if fault.code in _SKEWED:
        return StoreDenied(
            f"{address.server} refuses requests of another time than its own; "
            "expected this machine's clock to be right",
            hint="set the clock, as with timedatectl",
        )
    if wrong := wrong_keys(address.server, fault.code):
        return wrong
    if fault.status in (401, 403) or fault.expired:
        return _denied(fault, address, right, key)
    if 300 <= fault.status < 400 or fault.code in _ELSEWHERE:
        return StoreUnreachable(
            f"the bucket '{address.bucket}' is in another region, or at another host, than "
            f"{address.server}",
            hint="say the region in the store's address: ?region=…; no redirect is followed",
        )
    return _silent(fault, address, right, key)


def _denied(fault: Fault, address: S3Address, right: str, key: str) -> StoreDenied:
    place = f"s3://{address.bucket}/{key.rpartition('/')[0]}"
    said = f" ({fault.code})" if fault.code else ""
    if fault.expired:
        return StoreDenied(
            f"the store's credentials are over{said}, and asking anew gave none that are good",
            code="store-token-expired",
        )
    message = f"{right} is refused below {place}{said}"
    if right == "s3:GetObject":
        message += "; or nothing is there, which is only said to who has s3:ListBucket"
    return StoreDenied(message, hint="the roles that are needed: wombat store policy")


def _silent(fault: Fault, address: S3Address, right: str, key: str) -> StoreUnreachable:
    if fault.conditions_unknown and right == "s3:PutObject":
        return StoreUnreachable(
            f"{address.server} doesn't know conditional writes, and the store says that it does",
            hint="find out what it can, and write that down: wombat store probe --apply",
        )
    if fault.status:
        said = f" ({fault.code})" if fault.code else ""
        return StoreUnreachable(
            f"{address.server} answers {fault.status}{said} to {right} of {key}",
            hint="try again later; what it was is in the server's log",
        )
    what = "can't be reached" if fault.unsent else "gave no whole answer"
    reason = f": {fault.reason}" if fault.reason else ""
    return StoreUnreachable(
        f"{address.server} {what}{reason}",
        hint="check the network, the endpoint, and its certificate",
    )
