"""What doctor sees of lakeFS: its server, who asks it, and what that one may do there."""

from __future__ import annotations

import importlib.util
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wombat.api.findings import Finding
from wombat.errors import StoreDenied, WombatError
from wombat.store.lakefs import looking
from wombat.store.lakefs.address import LakeAddress, parse_address
from wombat.store.lakefs.allowing import published_server
from wombat.store.lakefs.client import Client, open_client
from wombat.store.lakefs.versions import commit_of, uncommitted
from wombat.store.s3.client import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wombat.api.session import Session

OLDEST: Final = (1, 72)
"""The server of the SDK that Wombat asks for at least."""
PATIENCE: Final = Patience(tries=2)


@dataclass(frozen=True)
class Lake:
    """A place in lakeFS, and who asks there; `about` is what a finding is of."""

    about: str
    at: LakeAddress
    client: Client
    zone: str

    def good(self, said: str) -> Finding:
        return Finding(self.about, "good", said)

    def note(self, said: str, hint: str | None = None) -> Finding:
        return Finding(self.about, "note", said, hint)

    def wrong(self, said: str, hint: str | None = None) -> Finding:
        return Finding(self.about, "wrong", said, hint)


def look_at_shown(session: Session) -> Iterator[Finding]:
    """Where published runs are shown as commits, if anywhere. Nothing is written."""
    said = session.lakefs
    if said is None:
        return
    at = LakeAddress(said["repository"], said["branch"], said["path"] or "")
    if importlib.util.find_spec("lakefs_sdk") is None:
        hint = "pip install 'wombat-ci[lakefs]'"
        yield Finding("lakefs", "wrong", f"{at.shown}: lakefs-sdk isn't installed", hint)
        return
    try:
        client = open_client(_checked(at, said["endpoint"]), PATIENCE)
        lake = Lake("lakefs", at, client, str(session.settings.zone.value))
        yield _server(lake, looking.server_of(client))
        yield lake.good(f"{at.shown}: {at.ref} at {commit_of(client, at.ref).id[:12]}")
        for what, look in _LOOKS.items():
            yield from _if_seen(lake, what, look)
    except WombatError as fault:
        yield Finding("lakefs", "wrong", f"{at.shown}: {fault}", fault.hint)


def look_at_store(session: Session, address: str) -> Iterator[Finding]:
    """A store in lakeFS. Nothing is written. Raises what its opening would."""
    at = parse_address(address)
    zone, client = str(session.settings.zone.value), open_client(at, PATIENCE)
    lake = Lake("store", at, client, zone)
    server = looking.server_of(client)
    yield _server(lake, server)
    yield _presigned(lake, server)
    own = _rights(lake, f"{zone}/{session.project}")
    may = own["fs:WriteObject"]
    said = f"these credentials {'write' if may else 'only read'} {zone}/{session.project}"
    yield Finding("writing", "good" if may else "note", said)
    if own["fs:DeleteObject"] and zone != "local":
        said = f"these credentials may delete in {zone}/{session.project}; only gc's should"
        yield Finding("deleting", "note", said, "wombat store policy")
    yield from _other_zone(lake, session.project)


def _checked(at: LakeAddress, endpoint: str | None) -> LakeAddress:
    """With the server that wombat.yml names, if it may be sent a login."""
    if endpoint is None:
        return at
    return LakeAddress(at.repository, at.ref, at.path, published_server(endpoint))


def _server(lake: Lake, found: looking.Server) -> Finding:
    login = lake.client.login
    who = f"asked by {found.user}, who is known by {login.origin}"
    said = f"{found.edition} {found.version} at {login.endpoint}, {who}"
    if (number := _number(found.version)) is not None and number < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return lake.note(f"{said}; expected {oldest} or later", "upgrade lakeFS")
    return lake.good(said)


def _number(version: str) -> tuple[int, ...] | None:
    try:
        return tuple(int(part) for part in version.removeprefix("v").split(".")[:2])
    except ValueError:
        return None


def _if_seen(lake: Lake, what: str, look: Callable[[Lake], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look(lake)
    except StoreDenied as fault:
        yield lake.note(f"can't be seen: {what}: {fault}")


def _waiting(lake: Lake) -> Iterator[Finding]:
    if any(True for _ in uncommitted(lake.client, lake.at.ref, amount=1)):
        said = f"{lake.at.ref} has uncommitted changes: nothing is merged until they are committed"
        yield lake.wrong(said, f"lakectl diff lakefs://{lake.at.repository}/{lake.at.ref}")


def _protection(lake: Lake) -> Iterator[Finding]:
    target, run = lake.at.ref, f"wombat-{secrets.token_hex(4)}"
    if (pattern := looking.protecting(lake.client, run)) is not None:
        said = f"the rule '{pattern}' protects the branches of runs, too: none can be written"
        yield lake.wrong(said, "narrow it: runs stand on branches called wombat-…")
    if (pattern := looking.protecting(lake.client, target)) is not None:
        yield lake.good(f"{target} is protected by the rule '{pattern}': it takes merges alone")
    else:
        said = f"{target} isn't protected: what somebody leaves uncommitted there stops merges"
        hint = f"lakectl branch-protect add lakefs://{lake.at.repository} {target}"
        yield lake.note(said, hint)


def _hooks(lake: Lake) -> Iterator[Finding]:
    if found := looking.hooks(lake.client, lake.at.ref):
        said = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
        yield lake.note(f"hooks of {lake.at.ref} may refuse a run: {said}")


def _presigned(lake: Lake, server: looking.Server) -> Finding:
    if server.presigns:
        return lake.good("bytes go to its storage directly, by signed addresses")
    return lake.note("its storage has no signed addresses: all bytes go through lakeFS")


def _publishing(lake: Lake) -> Iterator[Finding]:
    """The one that matters: whoever opens a merge request runs code with these credentials."""
    target = lake.at.ref
    tries = looking.publishing(lake.client, target, lake.at.path)
    lacking = [one for one in tries if not looking.allowed(lake.client, one)]
    moves = not any(one.action == "fs:CreateCommit" and one.place == target for one in lacking)
    if lake.zone == "u" and moves:
        said = f"an untrusted job's credentials may move {target}"
        yield lake.wrong(said, "CI variables for LAKECTL_…: protected, and masked")
    elif lacking:
        said = ", ".join(f"{one.action} on {one.place}" for one in lacking)
        hint = "wombat store policy prints what the role publisher needs"
        yield lake.note(f"these credentials can't show a run: they lack {said}", hint)
    else:
        yield lake.good(f"these credentials may show runs on {target}")


def _rights(lake: Lake, zone: str) -> Mapping[str, bool]:
    name = lake.at.key(f"{zone}/p/{secrets.token_hex(1)}/doctor")
    nowhere = f"wombat-doctor-{secrets.token_hex(8)}"
    tries = looking.on_objects(lake.client, nowhere, name)
    return {one.action: looking.allowed(lake.client, one) for one in tries}


def _other_zone(lake: Lake, project: str) -> Iterator[Finding]:
    about = "other zone"
    if lake.zone == "u":
        if _rights(lake, f"t/{project}")["fs:WriteObject"]:
            said = f"an untrusted job's credentials may write t/{project}, which production uses"
            hint = "another server, or lakeFS with access control: wombat store policy"
            yield Finding(about, "wrong", said, hint)
        else:
            yield Finding(about, "good", f"t/{project} can't be written from here")
    if lake.zone == "t":
        if _rights(lake, f"u/{project}")["fs:ReadObject"]:
            said = f"a trusted job's credentials may read u/{project}; they need not"
            yield Finding(about, "note", said, "wombat store policy")
        else:
            yield Finding(about, "good", f"u/{project} can't be read from here")


_LOOKS: Final[Mapping[str, Callable[[Lake], Iterator[Finding]]]] = {
    "what is uncommitted": _waiting,
    "which branches are protected": _protection,
    "hooks": _hooks,
    "rights": _publishing,
}
"""What else decides whether a run can be shown, by what can't be seen without a right."""
