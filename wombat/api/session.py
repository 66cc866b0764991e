"""Where a command works: the project's root, its settings, the CI at hand, and its store."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from wombat.api.written import read_written
from wombat.ci import Surroundings, automated, observe
from wombat.errors import Absent, StoreUnreachable, UsageFault
from wombat.language.root import find_root
from wombat.settings import FILE, Facts, Setting, Settings, cores, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from wombat.api.lockfile import Lock
    from wombat.store import Store

SERVERS: Final = ("s3://", "lakefs://")
"""Stores that only `wombat store init` makes."""


@dataclass(frozen=True)
class Session:
    """One command's ground. The store is opened when it is first asked for."""

    root: Path
    settings: Settings
    surroundings: Surroundings
    profiles: Mapping[str, bool] = field(default_factory=dict)
    """Those of `wombat.yml`, and whether each allows effects."""
    installed: Mapping[str, str] = field(default_factory=dict)
    """What CI jobs run in: the image that `wombat.yml` gives them, the digest of the lock file."""
    lakefs: Mapping[str, Any] | None = None
    """Where published runs stand as files, too: `{repository, branch, path, endpoint}`."""

    @cached_property
    def zone(self) -> str:
        """The zone's full name, as in `local/shop`."""
        return f"{self.settings.zone.value}/{self.project}"

    @cached_property
    def project(self) -> str:
        return str(self.settings.project.value)

    @cached_property
    def profile(self) -> str:
        return str(self.settings.profile.value)

    @cached_property
    def lock(self) -> Lock:
        """What `wombat.lock` says; UsageFault `lock-broken`."""
        from wombat.api.lockfile import read_lock

        return read_lock(self.root)

    @cached_property
    def asked(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """What the tasks of this checkout ask of artifacts, by address as the lock has it."""
        from wombat.api.expecting import asked_in

        return asked_in(self.root)

    @property
    def effects(self) -> bool:
        """Whether tasks without outputs may run: the profile allows it, and the zone is trusted
        with the world outside."""
        return self.profiles.get(self.profile, False) and self.settings.zone.value != "u"

    @cached_property
    def store(self) -> Store:
        """The own zone, to write in. A folder is made a store where there is none; on a server that
        is Absent, since a mistyped prefix would be a store of its own."""
        if self._before is None and self.settings.store_address.startswith(SERVERS):
            raise self.no_store()
        found = self._opened["own"] = self._before or self._open(create=True)
        return found.before(self._upstream) if self.has_upstream else found

    @property
    def readable(self) -> tuple[Store, ...]:
        """The own zone, then the trusted one, of the own store. Absent without a store."""
        if self._found is None:
            raise self.no_store()
        return self.near(self.project)

    def stores_of(self, project: str) -> Iterator[Store]:
        """Where refs of a project are looked for, one after another: in the zones of the own store
        that may be read, then upstream, which isn't asked while nobody goes on to it.

        Of another project that is the trusted zone; on one's own machine a local one, too.
        Absent where there is no store at all.
        """
        yield from self.near(project)
        if self.has_upstream:
            yield self.upstream(project)
        elif self._found is None:
            raise self.no_store()

    def is_upstream(self, store: Store) -> bool:
        """Whether this is a zone of the store behind, and not of the own one."""
        far = self._opened.get("upstream")
        return far is not None and store.address == far.address

    def upstream(self, project: str) -> Store:
        """A project's trusted zone in the store behind, to read in."""
        return self._upstream().beside(f"t/{project}")

    def near(self, project: str) -> tuple[Store, ...]:
        """Those of the own store; none where there is no store."""
        if self._found is None:
            return ()
        own = str(self.settings.zone.value)
        # In a folder, where two projects are tried; on a server that zone is its project's alone.
        local = ("local",) if own == "local" and "://" not in self._found.address else ()
        zones = dict.fromkeys((own, "t") if project == self.project else ("t", *local))
        found = self._found.before(self._upstream) if self.has_upstream else self._found
        mine = {self.zone: found}
        return tuple(mine.get(z) or found.beside(z) for z in (f"{z}/{project}" for z in zones))

    @cached_property
    def has_upstream(self) -> bool:
        """Whether another store stands behind the own one."""
        settings = self.settings
        return settings.upstream.value not in (None, settings.store.value)

    def _upstream(self) -> Store:
        """Its trusted zone, to read in."""
        if "upstream" not in self._opened:
            self._opened["upstream"] = self.open_upstream("t")
        return self._opened["upstream"]

    def open_upstream(self, zone: str) -> Store:
        """A zone of the store behind, to write in. UsageFault `upstream-not-set`; StoreUnreachable
        where there is no store: none is made there."""
        from wombat.store import open_store

        if self.settings.upstream.value is None:
            raise UsageFault(
                "no upstream is set; expected the address of a store that others read, too",
                code="upstream-not-set",
                hint="upstream: … in wombat.yml, or WOMBAT_UPSTREAM",
            )
        check_origin(self.settings.upstream)
        address = self._placed(self.settings.upstream.value)
        readable = () if zone == "t" else ("t",)
        at = {"project": self.project, "zone": zone}
        try:
            return open_store(address, **at, readable=readable, create=False)
        except Absent as fault:
            raise StoreUnreachable(
                f"there is no store at {address}, which is upstream; expected one that others made",
                hint=f"check upstream ({self.settings.upstream.origin}), or mount its disk",
            ) from fault

    @property
    def _found(self) -> Store | None:
        return self._opened.get("own") or self._before

    @cached_property
    def _before(self) -> Store | None:
        """The own store, if there was one before this command."""
        try:
            return self._open(create=False)
        except Absent:
            return None

    @cached_property
    def _opened(self) -> dict[str, Store]:
        return {}

    def _open(self, *, create: bool) -> Store:
        from wombat.store import open_store

        zone = str(self.settings.zone.value)
        check_origin(self.settings.store)
        address = self._placed(self._acting(self.settings.store_address))
        if create:
            _hide(self.root, address)
        readable = () if zone == "t" else ("t",)
        return open_store(
            address, project=self.project, zone=zone, readable=readable, create=create
        )

    def _placed(self, address: str) -> str:
        """A folder's address is below the root, unless it is absolute."""
        from wombat.store.blobs import is_folder

        folder = is_folder(address)
        self._shared(address, folder=folder)
        return str(self.root / address) if folder else address

    def _acting(self, address: str) -> str:
        """With the role of the zone that is written, which reads the other zones too."""
        if not address.startswith("s3://"):
            return address
        from wombat.store.s3.address import acting

        return acting(address, self.settings.role.value)

    def _shared(self, address: str, *, folder: bool) -> None:
        """UsageFault for a store in CI that each job would have for itself."""
        if self.surroundings.ci is None or not folder or address.startswith("/"):
            return
        raise UsageFault(
            f"the store '{address}' lies below each job's own folder; expected an absolute path",
            code="store-not-shared",
            hint="WOMBAT_STORE names a folder that all runners see",
        )

    @cached_property
    def new_store(self) -> bool:
        """Whether there was no store at the address before this command."""
        return self._before is None

    def no_store(self) -> Absent:
        address = self.settings.store_address
        hint = "run a pipeline, or check the address"
        if address.startswith(SERVERS):
            from shlex import quote

            hint = f"check the address, or make one there: wombat store init {quote(address)}"
        return Absent(f"there is no store at {address}", hint=hint)


def check_origin(setting: Setting) -> None:
    """UsageFault for a server that `wombat.yml` alone wants to be sent the user's credentials."""
    value = str(setting.value or "") if setting.origin == FILE else ""
    if value.startswith("s3://"):
        from wombat.store.s3.allowing import check_written

        check_written(value)
    if value.startswith("lakefs://"):
        from wombat.store.lakefs import allowing

        allowing.check_written(value)


def _hide(root: Path, address: str) -> None:
    """Keeps a store below the project out of git, whatever the project's own .gitignore says."""
    folder = root / ".wombat"
    if address.startswith(f"{folder}/") and not (folder / ".gitignore").exists():
        folder.mkdir(exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def open_session(
    start: Path, *, flags: Mapping[str, str | None] | None = None, compiling: bool = False
) -> Session:
    """The session of a command started in `start`; UsageFault where a setting is wrong.

    Reads `wombat.yml` where there is one, and nothing else of the project.
    """
    root = find_root(start)
    surroundings = observe(root, compiling=compiling)
    in_ci = surroundings.ci is not None
    facts = Facts(
        in_ci=in_ci,
        automated=automated(),
        released=in_ci and (surroundings.on_default_branch or surroundings.on_tag),
        merge_request=surroundings.event == "merge_request",
        repository=lambda: surroundings.project,
        cores=cores(),
    )
    file = read_written(root, remembered=not (in_ci or facts.automated))
    profiles, installed = file.pop("profiles", {}), file.pop("installed", {})
    lakefs = file.pop("lakefs", None)
    settings = read_settings(root, facts, file=file, flags=flags)
    return Session(root, settings, surroundings, profiles, installed, lakefs)
