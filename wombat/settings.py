"""Every setting, and where its value came from: flag, environment, `wombat.yml` or default."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wombat.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")
ZONES: Final = ("t", "u", "local")
FILE: Final = "wombat.yml"
DEFAULT: Final = "default"
ENVIRONMENT: Final = {
    "project": "WOMBAT_PROJECT",
    "store": "WOMBAT_STORE",
    "upstream": "WOMBAT_UPSTREAM",
    "allow_endpoint": "WOMBAT_ALLOW_ENDPOINT",
    "cache_size": "WOMBAT_CACHE_SIZE",
    "zone": "WOMBAT_ZONE",
    "profile": "WOMBAT_PROFILE",
    "run": "WOMBAT_RUN",
    "jobs": "WOMBAT_JOBS",
    "pipelines": "WOMBAT_PIPELINES",
    "params": "WOMBAT_PARAMS",
    "force": "WOMBAT_FORCE",
}
ROLES: Final = {"t": "WOMBAT_ROLE_TRUSTED", "u": "WOMBAT_ROLE_UNTRUSTED"}
"""The variables that name the role of a zone, for stores that give out credentials by role."""
CACHE_SIZE: Final = "10G"
"""What may be kept of packs of stores that are far away; in the form `500M`, 0 for nothing."""
TOLD: Final = {"params": "WOMBAT_GIVEN", "force": "WOMBAT_FORCED"}
_LEFT_OUT: Final = "left out"
FLAGS: Final = {
    "store": "--store",
    "profile": "--profile",
    "run": "--run",
    "jobs": "--jobs",
    "project": "--project",
    "zone": "--zone",
}


class Setting(NamedTuple):
    """A name, its value, and its origin: a flag, a variable, `wombat.yml` or `default`."""

    name: str
    value: str | None
    origin: str


class Facts(NamedTuple):
    """What the surroundings say that defaults depend on.

    `released`: in CI, on the default branch or a git tag, so no merge request. `repository` is
    asked for its name where nothing else names the project. `automated`: it may be a CI, though
    none whose variables are known.
    """

    in_ci: bool = False
    automated: bool = False
    released: bool = False
    merge_request: bool = False
    repository: Callable[[], str | None] = lambda: None
    cores: int = 1


class Settings(NamedTuple):
    """The settings of one command; `all` in the order in which they are shown.

    `pipelines` and `params` are what who starts a CI run by hand, or a schedule, may ask for:
    names, and values as in `horizon_days=14 region=eu`, quoted as in a shell; `force` what is to be
    made anew, as in `churn, sales/load`.
    """

    project: Setting
    store: Setting
    upstream: Setting
    allow_endpoint: Setting
    cache_size: Setting
    zone: Setting
    role: Setting
    profile: Setting
    run: Setting
    jobs: Setting
    pipelines: Setting
    params: Setting
    force: Setting

    @property
    def all(self) -> tuple[Setting, ...]:
        stores = (self.store, self.upstream, self.allow_endpoint, self.cache_size)
        return (
            self.project,
            *stores,
            self.zone,
            self.role,
            self.profile,
            self.run,
            self.jobs,
            self.pipelines,
            self.params,
            self.force,
        )

    @property
    def store_address(self) -> str:
        """The store's address; UsageFault `store-not-set` in CI without `WOMBAT_STORE`."""
        if self.store.value is None:
            raise UsageFault(
                "no store is set; expected the variable WOMBAT_STORE, which alone names it in CI",
                code="store-not-set",
                hint="set WOMBAT_STORE in the CI settings of the project, not in a file",
            )
        return self.store.value


def read_settings(
    root: Path,
    facts: Facts,
    *,
    file: Mapping[str, Any] | None = None,
    flags: Mapping[str, str | None] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """The settings of a project by flag > environment > file > default.

    `file` holds the values of `wombat.yml`. In CI its `store` and `upstream` are ignored, and where
    it may be one, if they are no folders: a merge request must not point credentials elsewhere.
    UsageFault where a value is none of its kind.
    """
    given = os.environ if environ is None else environ
    in_file = _believed(dict(file or {}), facts)
    nowhere = facts.in_ci or in_file.pop(_LEFT_OUT, False)
    look = _Look(flags or {}, given, in_file)
    zone = _zone(_untrusted(facts) or look.up("zone", "u" if facts.in_ci else "local"))
    return Settings(
        project=_checked(_project(look, root, facts), "invalid-project"),
        store=look.up("store", None if nowhere else str(root / ".wombat" / "store")),
        upstream=look.up("upstream", None),
        allow_endpoint=look.up("allow_endpoint", None),
        cache_size=look.up("cache_size", CACHE_SIZE),
        zone=zone,
        role=_role(zone, given),
        profile=_checked(look.up("profile", _profile(facts)), "invalid-profile"),
        run=look.up("run", None),
        jobs=_jobs(look.up("jobs", str(facts.cores))),
        pipelines=look.up("pipelines", None),
        params=_by_hand("params", look),
        force=_by_hand("force", look),
    )


class _Look(NamedTuple):
    flags: Mapping[str, str | None]
    environ: Mapping[str, str]
    file: Mapping[str, Any]

    def up(self, name: str, default: str | None) -> Setting:
        """An empty variable counts as unset: CI systems can't remove one."""
        flag = self.flags.get(name)
        if flag is not None and name in FLAGS:
            return Setting(name, flag, FLAGS[name])
        if value := self.environ.get(ENVIRONMENT[name]):
            return Setting(name, value, ENVIRONMENT[name])
        if (written := self.file.get(name)) is not None:
            return Setting(name, str(written), FILE)
        return Setting(name, default, DEFAULT)


def _believed(file: dict[str, Any], facts: Facts) -> dict[str, Any]:
    """What counts of `wombat.yml`; with a note where a store was left out."""
    for name in ("store", "upstream"):
        value = str(file.get(name) or "")
        remote = "://" in value and not value.startswith("file://")
        if facts.in_ci or (facts.automated and remote):
            file.pop(name, None)
            if name == "store" and remote:
                file[_LEFT_OUT] = True
    return file


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _profile(facts: Facts) -> str:
    return "production" if facts.in_ci and facts.released else "development"


def _untrusted(facts: Facts) -> Setting | None:
    """A merge request is untrusted whatever a variable says: anybody can open one."""
    return Setting("zone", "u", "merge request") if facts.in_ci and facts.merge_request else None


def _project(look: _Look, root: Path, facts: Facts) -> Setting:
    found = look.up("project", None)
    if found.value is not None:
        return found
    return Setting("project", project_name(facts.repository() or root.resolve().name), DEFAULT)


def project_name(text: str) -> str:
    """A valid project name that is as close to `text` as can be."""
    name = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:63]
    if not name:
        return "project"
    return name if name[0].isalpha() else f"p-{name}"[:63]


def _checked(setting: Setting, code: str) -> Setting:
    if setting.value is not None and not NAME.fullmatch(setting.value):
        raise UsageFault(
            f"{setting.name} '{setting.value}' ({setting.origin}) is no name; expected lower-case "
            "letters, digits, '_' or '-', beginning with a letter, at most 63",
            code=code,
        )
    return setting


def _zone(setting: Setting) -> Setting:
    if setting.value not in ZONES:
        raise UsageFault(
            f"zone '{setting.value}' ({setting.origin}) isn't known; expected one of t, u, local",
            code="invalid-zone",
        )
    return setting


def _role(zone: Setting, environ: Mapping[str, str]) -> Setting:
    """By the zone that is written. A name only: the store decides who may take it on."""
    variable = ROLES.get(str(zone.value), "")
    value = environ.get(variable)
    return Setting("role", value, variable) if value else Setting("role", None, DEFAULT)


def _by_hand(name: str, look: _Look) -> Setting:
    """Whoever starts a run says them; a child pipeline is told by the trigger, under another name,
    in which nothing said stays a variable that nobody put in."""
    found, at = look.up(name, None), TOLD[name]
    told = look.environ.get(at, "")
    if found.value is None and told and told != f"${ENVIRONMENT[name]}":
        return Setting(name, told, at)
    return found


def _jobs(setting: Setting) -> Setting:
    if not (setting.value or "").isdecimal() or int(setting.value or 0) < 1:
        raise UsageFault(
            f"jobs '{setting.value}' ({setting.origin}) is no number; expected 1 or more",
            code="invalid-jobs",
        )
    return setting
