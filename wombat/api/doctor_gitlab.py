"""What doctor sees of GitLab: from the job at hand, by its interface, and what it can't see."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from wombat.api.doctor_job import Ground, look_at_clone, look_at_job, look_at_trust
from wombat.api.findings import Finding
from wombat.api.forge import Wish, address_of, connect_if_asked
from wombat.api.project import options_of
from wombat.api.schedule_sync import TICK, plan_sync
from wombat.api.vendored import UPGRADE, stale_template, templates
from wombat.backends.gitlab.keywords import FLOOR, TIERS, number
from wombat.errors import UsageFault, WombatError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wombat.api.project import Checked
    from wombat.api.session import Session
    from wombat.forge.gitlab import Gitlab, Rights, Variable

SOON: Final = timedelta(days=14)
_FEATURES: Final = {
    "ultimate": {"security_dashboard", "dast", "container_scanning", "dependency_scanning"},
    "premium": {"merge_request_approvers", "merge_trains", "code_owners", "protected_environments"},
}
"""Licensed features by which a job's GITLAB_FEATURES gives its tier away."""
_DECIDED: Final = {
    "WOMBAT_ZONE": "the template decides the zone by the ref",
    "WOMBAT_RUN": "every pipeline has a run of its own",
    "WOMBAT_PIPELINES": "it names the pipelines of one schedule or one start by hand",
    "WOMBAT_FORCE": "it makes tasks anew in every run of a schedule and by hand",
}


def look_at_gitlab(
    session: Session,
    checked: Checked,
    asked: Wish | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    today: date | None = None,
) -> Iterator[Finding]:
    """Nothing where nothing speaks of GitLab; the token that is asked with is sent."""
    given = os.environ if environ is None else environ
    options = options_of(checked, "gitlab")
    job = given if given.get("GITLAB_CI") else {}
    if not (options or job or _traces(session)):
        return
    finding, gitlab = _token(session, asked or Wish(), given, today or datetime.now(UTC).date())
    yield finding
    ground = Ground(session, checked, options, job, gitlab)
    for about, look in _LOOKS.items():
        try:
            yield from look(ground)
        except WombatError as fault:
            yield Finding(about, "note", f"can't be seen: {fault}", fault.hint)


def _traces(session: Session) -> bool:
    return any((session.root / name).exists() for name in (".gitlab-ci.yml", ".gitlab/wombat.yml"))


def _token(
    session: Session, asked: Wish, given: Mapping[str, str], today: date
) -> tuple[Finding, Gitlab | None]:
    """Whether a token was named, and a client where it works."""
    about = "token"
    unseen = "variables, settings and schedules of the project stay unseen"
    name = asked.token
    if name is None:
        return Finding(about, "note", f"none was named: {unseen}", _offer(session, given)), None
    try:
        gitlab = connect_if_asked(session.root, asked, environ=given)
        if gitlab is None:
            return Finding(about, "note", f"none in {name}: {unseen}", _offer(session, given)), None
        rights = gitlab.rights()
    except WombatError as fault:
        if fault.code == "forge-address" and _where(session, given) is None:
            return Finding(about, "note", str(fault), "git remote add origin …"), None
        return Finding(about, "wrong", str(fault), fault.hint), None
    return _judged(f"{name}, sent to {gitlab.http.host}", rights, today), gitlab


def _offer(session: Session, given: Mapping[str, str]) -> str:
    """Where a token would go, before it goes there."""
    where = _where(session, given) or "GitLab"
    return f"--token NAME sends the one in that variable (scope read_api) to {where}, to see them"


def _where(session: Session, given: Mapping[str, str]) -> str | None:
    """The server's host; None where nothing says it."""
    try:
        return address_of(session.root, environ=given).host
    except UsageFault:
        return None


def _judged(where: str, rights: Rights, today: date) -> Finding:
    """What a token may, and how long."""
    said = f"{where}: scopes {', '.join(rights.scopes) or 'none'}, " + (
        f"until {rights.expires}" if rights.expires else "without an end"
    )
    if _ends_soon(rights.expires, today):
        return Finding("token", "note", f"{said}: that is soon", "rotate it")
    if "api" not in rights.scopes:
        return Finding("token", "note", f"{said}: 'schedule sync --apply' needs api")
    return Finding("token", "good", said)


def _ends_soon(expires: str | None, today: date) -> bool:
    try:
        return expires is not None and date.fromisoformat(expires) - today < SOON
    except ValueError:
        return False


def _version(ground: Ground) -> Iterator[Finding]:
    about, declared = "gitlab", ground.options.get("version")
    text = ground.job.get("CI_SERVER_VERSION") or (ground.gitlab and ground.gitlab.version())
    if not text:
        yield ground.unseen(about, "its version; a job or a token shows it")
        return
    actual = ".".join(text.split("-")[0].split(".")[:2])
    if not actual.replace(".", "").isdecimal():
        yield Finding(about, "note", f"the version {text[:40]!r} can't be read")
        return
    hint = f'write version: "{actual}" below gitlab in wombat.yml'
    if number(actual) < number(FLOOR):
        yield Finding(about, "wrong", f"{text}; what is generated needs {FLOOR} or later")
    elif declared is None:
        yield Finding(about, "note", f"{text}; wombat.yml says none, so {FLOOR} is taken", hint)
    elif number(declared) > number(actual):
        yield Finding(about, "wrong", f"{text}, but wombat.yml says {declared}", hint)
    else:
        yield Finding(about, "good", f"{text}; wombat.yml says {declared}")


def _tier(ground: Ground) -> Iterator[Finding]:
    about, declared = "tier", ground.options.get("tier", TIERS[0])
    actual = _tier_of_job(ground.job) or _tier_of_namespace(ground.gitlab)
    if actual is None:
        why = "only a job, or GitLab.com to an owner's token, shows it"
        yield ground.unseen(about, f"{why}; wombat.yml says {declared}")
    elif TIERS.index(actual) < TIERS.index(declared):
        yield Finding(about, "wrong", f"{actual}, but wombat.yml says {declared}", "correct it")
    else:
        yield Finding(about, "good", f"{actual}; wombat.yml says {declared}")


def _tier_of_job(job: Mapping[str, str]) -> str | None:
    """By the features that a job's GitLab is licensed for; none of them is the free tier."""
    if "GITLAB_FEATURES" not in job:
        return None
    features = set(job["GITLAB_FEATURES"].split(","))
    return next((tier for tier, some in _FEATURES.items() if features & some), TIERS[0])


def _tier_of_namespace(gitlab: Gitlab | None) -> str | None:
    if gitlab is None or (namespace := gitlab.repository().namespace) is None:
        return None
    plan = gitlab.plan(namespace)
    return plan if plan in TIERS else None


def _template(ground: Ground) -> Iterator[Finding]:
    about = "template"
    if ground.checked.failed:
        yield ground.unseen(about, "pipelines have mistakes")
    elif not templates(ground.checked):
        yield Finding(about, "note", "none is vendored: .gitlab/wombat.yml", "wombat init")
    elif (stale := stale_template(ground.checked)) is not None:
        yield Finding(about, "wrong", f"{stale} isn't what the project asks for", UPGRADE)
    else:
        yield Finding(about, "good", ".gitlab/wombat.yml is up to date")


def _variables(ground: Ground) -> Iterator[Finding]:
    about = "variables"
    if ground.gitlab is None:
        yield ground.unseen(about, "which ones the project sets; a maintainer's token shows them")
        return
    every = ground.gitlab.variables()
    yield _store_variable(about, [one for one in every if one.key == "WOMBAT_STORE"])
    for one in every:
        if why := _DECIDED.get(one.key):
            yield Finding(about, "wrong", f"{one.key} is set for the project", f"remove it: {why}")


def _store_variable(about: str, found: list[Variable]) -> Finding:
    if not found:
        said = "WOMBAT_STORE isn't among the project's own; those of its groups can't be seen"
        return Finding(about, "note", said, "without it no job finds the store")
    if all(one.protected for one in found):
        said = "WOMBAT_STORE is protected, so merge requests don't get it"
        hint = "it is an address, no secret: unprotect it, and protect the credentials"
        return Finding(about, "note", said, hint)
    return Finding(about, "good", "WOMBAT_STORE is set for the project")


def _schedules(ground: Ground) -> Iterator[Finding]:
    about = "schedules"
    if ground.gitlab is None or ground.checked.failed:
        why = "a token shows them" if ground.gitlab is None else "pipelines have mistakes"
        yield ground.unseen(about, f"GitLab's own; {why}")
        return
    ticks = any(one.description == TICK for one in ground.gitlab.schedules())
    branch = ground.session.surroundings.default_branch
    found = plan_sync(ground.gitlab, ground.checked, branch=branch, tick=ticks)
    differ = [step for step in found.steps if step.kind != "keep"]
    if differ:
        said = "; ".join(str(step) for step in differ[:5]) + ("; …" if len(differ) > 5 else "")
        more = " --tick" if ticks else ""
        yield Finding(about, "wrong", said, f"wombat schedule sync{more} --apply")
    else:
        yield Finding(about, "good", f"{len(found.steps)}, as the pipelines say")
    if found.hint:
        yield Finding(about, "note", found.hint)


_LOOKS: Final[dict[str, Callable[[Ground], Iterator[Finding]]]] = {
    "gitlab": _version,
    "tier": _tier,
    "template": _template,
    "variables": _variables,
    "job": look_at_job,
    "trust": look_at_trust,
    "clone": look_at_clone,
    "schedules": _schedules,
}
