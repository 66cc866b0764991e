"""An administrator's view of a store: making one, and trying what its server guarantees."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from wombat.api.files import write_whole
from wombat.api.findings import Finding, State
from wombat.api.session import check_origin
from wombat.digest import canonical_json
from wombat.errors import Absent, CheckFailed, Conflict, StoreDamaged
from wombat.store import open_store
from wombat.store.blobs import is_folder, open_blobs
from wombat.store.blobs.local import LocalBlobs
from wombat.store.names import FORMAT_KEY
from wombat.store.probing import Verdict, probe
from wombat.store.target import BlobTarget, Target

if TYPE_CHECKING:
    from wombat.api.session import Session


@dataclass(frozen=True)
class Tried:
    """What was found out of a store, and what became of its `wombat.json`."""

    address: str
    verdict: Verdict
    form: dict[str, Any] | None
    """As it stands now; None where there is no store."""
    changed: bool = False

    @property
    def findings(self) -> list[Finding]:
        found = [Finding(one.name, one.state, one.said) for one in self.verdict.facts]
        return [*found, self._summary()]

    @property
    def tree(self) -> dict[str, Any]:
        facts = [{"name": f.name, "state": f.state, "said": f.said} for f in self.verdict.facts]
        return {
            "address": self.address,
            "create": self.verdict.create,
            "usable": self.verdict.usable,
            "facts": facts,
            "form": self.form,
            "changed": self.changed,
        }

    def _summary(self) -> Finding:
        name, now = FORMAT_KEY, self.verdict.create
        if not self.verdict.usable:
            return Finding(name, "wrong", "no store may be kept here; see what is wrong above")
        if self.form is None:
            return Finding(
                name, "note", "none there yet", f"wombat store init {quote(self.address)}"
            )
        said = self.form["create"]
        if said == now:
            return Finding(name, "good", f"says create: {said}{', as found' * (not self.changed)}")
        hint = "--apply writes it" if now == "none" else "--apply --atomic, with no writer running"
        state: State = "wrong" if now == "none" else "note"
        return Finding(name, state, f"says create: {said}, but found was {now}", hint)


def init_store(session: Session, address: str, where: Path) -> Tried:
    """Probes, then writes `wombat.json`. Conflict where there is one; CheckFailed (`store-unfit`)
    where the server can't hold a store."""
    address = _placed(session, address, where)
    target = _target(address)
    if _form(target) is not None:
        raise Conflict(
            f"there is a store at {address} already; nothing was changed",
            code="store-exists",
            hint=f"wombat store probe {quote(address)}",
        )
    verdict = probe(target, session.zone)
    if not verdict.usable:
        wrong = "; ".join(f"{f.name}: {f.said}" for f in verdict.facts if f.state == "wrong")
        raise CheckFailed(
            f"no store can be kept at {address}: {wrong}",
            code="store-unfit",
            hint="another server, or another setting of this one",
        )
    form: dict[str, Any] = {
        "v": 1,
        "id": secrets.token_hex(16),
        "hash": "blake3",
        "requires": [],
        "optional": [],
    }
    form |= {"create": verdict.create, "probed": _probed(verdict)}
    if target.create(FORMAT_KEY, canonical_json(form)) != "landed":
        raise Conflict(f"somebody else made a store at {address} meanwhile", code="store-exists")
    return Tried(address, verdict, form, changed=True)


def probe_store(
    session: Session, address: str | None, where: Path, *, apply: bool, atomic: bool
) -> Tried:
    """Tries the server; with `apply` writes the verdict into `wombat.json`.

    From `none` to `atomic` only if told so by `atomic`: writers that began before go on to name
    their records otherwise than those that begin after, so there must be none. Raises CheckFailed.
    """
    if address is None:
        check_origin(session.settings.store)
    address = _placed(session, address or session.settings.store_address, where)
    target = _target(address)
    form = _form(target)
    if form is not None:
        # Refuses what this version doesn't understand before it writes anything there.
        open_store(address, project=session.project, zone=session.zone, create=False)
    verdict = probe(target, session.zone)
    if not apply or form is None or not verdict.usable:
        return Tried(address, verdict, form)
    if (form["create"], verdict.create, atomic) == ("none", "atomic", False):
        raise CheckFailed(
            f"the server at {address} creates atomically by now, and its store says it doesn't; "
            "nothing was changed",
            code="store-create",
            hint="when nothing writes there any more: wombat store probe --apply --atomic",
        )
    form = {**form, "create": verdict.create, "probed": _probed(verdict)}
    target.replace(FORMAT_KEY, canonical_json(form))
    return Tried(address, verdict, form, changed=True)


def _probed(verdict: Verdict) -> dict[str, Any]:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"time": moment, "facts": {fact.name: fact.state for fact in verdict.facts}}


def _form(target: Target) -> dict[str, Any] | None:
    try:
        form: dict[str, Any] = json.loads(target.get(FORMAT_KEY))
    except Absent:
        return None
    except ValueError:
        raise StoreDamaged(
            f"{FORMAT_KEY} is there and can't be read; nothing was changed", code="store-format"
        ) from None
    return form


def _placed(session: Session, address: str, where: Path) -> str:
    if address.startswith("s3://"):
        from wombat.store.s3.address import acting

        return acting(address, session.settings.role.value)
    return os.path.normpath(where / address) if is_folder(address) else address


def _target(address: str) -> Target:
    if address.startswith("s3://"):
        from wombat.store.s3.address import parse_address
        from wombat.store.s3.probe import Wire

        return Wire(parse_address(address))
    blobs = open_blobs(address)
    if address.startswith("lakefs://"):
        from wombat.store.lakefs import address as lakefs
        from wombat.store.lakefs import probe as branch

        return branch.Wire(lakefs.parse_address(address))
    return _Folder(blobs) if isinstance(blobs, LocalBlobs) else BlobTarget(blobs)


class _Folder(BlobTarget):
    """A folder, whose files' names can be given to others at once."""

    def __init__(self, blobs: LocalBlobs) -> None:
        super().__init__(blobs)
        self._root = Path(blobs.root)

    def replace(self, key: str, data: bytes) -> None:
        write_whole(self._root / key, data.decode())
