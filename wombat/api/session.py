"""Where a command works: the project's root, its settings, the CI at hand, and its store."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wombat.ci import Surroundings, observe
from wombat.digest import digest_bytes
from wombat.errors import Absent, UsageFault
from wombat.language.root import PROJECT_FILE, find_root
from wombat.settings import Facts, Settings, cores, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wombat.language.project import ProjectDecl
    from wombat.store import Store


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

    @property
    def effects(self) -> bool:
        """Whether tasks without outputs may run: the profile allows it, and the zone is trusted
        with the world outside."""
        return self.profiles.get(self.profile, False) and self.settings.zone.value != "u"

    @cached_property
    def store(self) -> Store:
        """The own zone, to write in; the store is made where there is none."""
        return self._open(str(self.settings.zone.value), create=True)

    @cached_property
    def readable(self) -> tuple[Store, ...]:
        """The own zone, then the trusted one: where refs are looked for. Absent without a store."""
        zone = str(self.settings.zone.value)
        return tuple(self._open(one, create=False) for one in dict.fromkeys((zone, "t")))

    def _open(self, zone: str, *, create: bool) -> Store:
        from wombat.store import open_store

        address = self.settings.store_address
        self._shared(address)
        if "://" not in address and not address.startswith("memory:"):
            address = str(self.root / address)
            if create:
                _hide(self.root, address)
        readable = () if zone == "t" else ("t",)
        return open_store(
            address, project=self.project, zone=zone, readable=readable, create=create
        )

    def _shared(self, address: str) -> None:
        """UsageFault for a store in CI that each job would have for itself."""
        memory = "://" in address or address.startswith("memory:")
        if self.surroundings.ci is None or memory or address.startswith("/"):
            return
        raise UsageFault(
            f"the store '{address}' lies below each job's own folder; expected an absolute path",
            code="store-not-shared",
            hint="WOMBAT_STORE names a folder that all runners see",
        )

    @cached_property
    def new_store(self) -> bool:
        """Whether there was no store at the address before this command."""
        try:
            _ = self.readable
        except Absent:
            return True
        return False


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
    facts = Facts(
        in_ci=surroundings.ci is not None,
        released=surroundings.on_default_branch or surroundings.on_tag,
        merge_request=surroundings.event == "merge_request",
        repository=surroundings.project,
        cores=cores(),
    )
    file = _file(root)
    profiles, installed = file.pop("profiles", {}), file.pop("installed", {})
    settings = read_settings(root, facts, file=file, flags=flags)
    return Session(root, settings, surroundings, profiles, installed)


def _file(root: Path) -> dict[str, Any]:
    """What `wombat.yml` says of settings, and its profiles."""
    if not (root / PROJECT_FILE).is_file():
        return {}
    from wombat.errors import Diagnostics
    from wombat.language.load import load_project

    sink = Diagnostics()
    project, _ = load_project(root, sink)
    sink.raise_if_failed()
    profiles = {name: profile.effects for name, profile in project.profiles.items()}
    return {
        "project": project.project,
        "store": project.store,
        "profiles": profiles,
        "installed": _installed(root, project),
    }


def _installed(root: Path, project: ProjectDecl) -> dict[str, str]:
    found = {"image": project.gitlab.image} if project.gitlab.image else {}
    path = project.gitlab.requirements
    if path is not None and (root / path).is_file():
        found[path] = digest_bytes((root / path).read_bytes())
    return found
