"""Where the credentials of an S3 store come from; boto3 is loaded here, when they are asked for."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import StoreDenied, StoreUnreachable
from wombat.store.s3 import sts
from wombat.store.s3.faults import in_words

if TYPE_CHECKING:
    from wombat.store.s3.address import S3Address
    from wombat.store.s3.sts import Credential

ID_TOKEN: Final = "WOMBAT_ID_TOKEN"  # noqa: S105 -- a variable's name
"""The variable that holds a job's identity: GitLab's `id_tokens` fills it."""
TOKEN_FILE: Final = "AWS_WEB_IDENTITY_TOKEN_FILE"  # noqa: S105 -- a variable's name
ROLE: Final = "AWS_ROLE_ARN"
_EARLY: Final = timedelta(minutes=5)
_PAUSE: Final = timedelta(seconds=30)
_LOOK: Final = timedelta(minutes=5)


@dataclass(slots=True, eq=False, repr=False)
class Provider:
    """Gives obstore its credentials, and new ones before they end. Safe in several threads.

    Calling it raises StoreDenied, StoreUnreachable; `fault` keeps the last such error, as what a
    client raises in between hides it. Its repr says no more than the kind and the role.
    """

    address: S3Address
    kind: str
    role: str | None
    fault: StoreUnreachable | None = None
    _held: Credential | None = None
    _renew: datetime | None = None
    _base: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> Credential:
        with self._lock:
            now = datetime.now(UTC)
            if self._held is not None and (self._renew is None or now < self._renew):
                return self._held
            try:
                self._hold(self._fetch(), now)
            except StoreUnreachable as fault:
                self.fault = fault
                if self._held is None or not self._lasts(now):
                    raise
                # What is held is good for some minutes more: perhaps the next try answers.
                self._renew = now + _PAUSE
            assert self._held is not None  # noqa: S101 -- for the type checker
            return self._held

    def forget(self) -> None:
        """After the server refused them as expired: the next call asks anew."""
        with self._lock:
            self._held, self._base = None, None

    def __repr__(self) -> str:
        return f"Provider({self.kind}{f' as {self.role}' if self.role else ''})"

    def _hold(self, got: Credential, now: datetime) -> None:
        self._held, self.fault = got, None
        ends = got["expires_at"]
        self._renew = ends and ends - min(_EARLY, (ends - now) / 5)

    def _lasts(self, now: datetime) -> bool:
        ends = self._held and self._held["expires_at"]
        return ends is None or now + _PAUSE < ends

    def _fetch(self) -> Credential:
        token = _token()
        if self.role is None or token is None:
            own = self._chain()
            return own if self.role is None else sts.by_role(self.address, self.role, own)
        return sts.by_token(self.address, self.role, token)

    def _chain(self) -> Credential:
        """As AWS's own tools find them: environment, files, profile, container, instance."""
        if plain := _plain():
            return plain
        sts.load()
        from botocore.credentials import RefreshableCredentials
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            if self._base is None:
                self._base = sts.load().Session().get_credentials()
            if self._base is None:
                raise _none(self.role)
            keys = self._base.get_frozen_credentials()
        except (BotoCoreError, ClientError) as error:
            # Its text may hold what a file or a helper program said: only its kind is repeated.
            kind = in_words(error)
        else:
            lasting = not isinstance(self._base, RefreshableCredentials)
            return {
                "access_key_id": keys.access_key,
                "secret_access_key": keys.secret_key,
                "token": keys.token,
                # They renew themselves: they are only asked again.
                "expires_at": None if lasting else datetime.now(UTC) + _LOOK,
            }
        raise StoreDenied(
            f"the credentials of {self.address.server} can't be had: {kind}",
            code="store-credentials",
            hint="aws sts get-caller-identity shows what AWS's own tools find",
        )


def provider(address: S3Address) -> Provider:
    """Of the address's role, else of the environment; asks nothing yet.

    With a role (of the address, else AWS_ROLE_ARN) and a token (WOMBAT_ID_TOKEN, else the file of
    AWS_WEB_IDENTITY_TOKEN_FILE) they are exchanged; with a role alone it is assumed.
    """
    keys = "AWS_ACCESS_KEY_ID" in os.environ or "AWS_PROFILE" in os.environ
    given = bool(os.environ.get(ID_TOKEN) or os.environ.get(TOKEN_FILE))
    # As AWS's own tools have it: keys and profiles beat the role of the environment.
    standard = os.environ.get(ROLE) if given and not keys else None
    role = address.role or standard
    if role is None:
        return Provider(address, "the environment", None)
    return Provider(address, "web identity" if given else "an assumed role", role)


def _plain() -> Credential | None:
    """Keys in the environment, which come first anyway: they need no boto3."""
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not (key and secret):
        return None
    token = os.environ.get("AWS_SESSION_TOKEN") or None
    return {"access_key_id": key, "secret_access_key": secret, "token": token, "expires_at": None}


def _token() -> str | None:
    if token := os.environ.get(ID_TOKEN):
        return token
    path = os.environ.get(TOKEN_FILE)
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        fault = StoreDenied(
            f"the file of {TOKEN_FILE} can't be read",
            code="store-credentials",
            hint="it holds the identity token that a role is taken on with",
        )
    raise fault


def _none(role: str | None) -> StoreDenied:
    if role is not None:
        return StoreDenied(
            f"the role {role} is named, but there is no identity to take it on with; "
            f"expected {ID_TOKEN}, or credentials",
            code="store-credentials",
            hint=f"in wombat.yml: gitlab: {{id_tokens: {{{ID_TOKEN}: {{aud: …}}}}}}",
        )
    return StoreDenied(
        "there are no credentials for the store; expected AWS_ACCESS_KEY_ID and "
        f"AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or {ID_TOKEN} with a role",
        code="store-credentials",
        hint="in CI: WOMBAT_ROLE_TRUSTED and WOMBAT_ROLE_UNTRUSTED name the roles",
    )
