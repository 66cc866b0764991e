"""What Wombat asks of GitLab's REST interface, version 4: as few calls as can be."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from wombat.errors import Absent, ForgeUnreachable
from wombat.forge.answers import natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.forge.http import Http

T = TypeVar("T")

PER_PAGE: Final = 100
PAGES: Final = 100
"""Pages after which a list is taken for endless."""
_HEADS: Final = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule of the project. `ref` is a branch's short name; `owner` a user's name."""

    id: int
    description: str
    ref: str
    cron: str
    timezone: str
    active: bool
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A project's CI variable, without its value: that is nobody's here to hold."""

    key: str
    protected: bool
    environment: str


@dataclass(frozen=True, slots=True)
class Repository:
    """What the project says of itself; None where the token may not see it."""

    default_branch: str | None
    namespace: str | None
    depth: int | None
    strategy: str | None


@dataclass(frozen=True, slots=True)
class Rights:
    """What a token says of itself; `expires` is a date in ISO form."""

    scopes: tuple[str, ...]
    expires: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """A note in a merge request: whose it is, by the number of the user, and its Markdown."""

    id: int
    author: int
    body: str


@dataclass(frozen=True)
class Gitlab:
    """One project of one server. Errors are those of `Http`; lists are read to their end."""

    http: Http
    project: str

    def version(self) -> str:
        """Such as `18.5.1-ee`; any valid token may ask."""
        return _text(self.http.get("/version").tree, "version")

    def rights(self) -> Rights:
        """Of the token itself; Absent for tokens that can't be asked, such as a job's."""
        tree = self.http.get("/personal_access_tokens/self").tree
        scopes = _field(tree, "scopes", list)
        return Rights(tuple(map(str, scopes)), _optional(tree, "expires_at", str))

    def repository(self) -> Repository:
        tree = self.http.get(self._path()).tree
        _field(tree, "id", int)
        space = _optional(tree, "namespace", dict)
        return Repository(
            _optional(tree, "default_branch", str),
            _optional(space, "full_path", str) if space else None,
            _optional(tree, "ci_default_git_depth", int),
            _optional(tree, "build_git_strategy", str),
        )

    def plan(self, namespace: str) -> str | None:
        """The namespace's tier as GitLab.com says it to an owner; None where it doesn't."""
        try:
            tree = self.http.get(f"/namespaces/{_quoted(namespace)}").tree
        except Absent:
            return None
        return _optional(tree, "plan", str)

    def variables(self) -> list[Variable]:
        """The project's own, not its groups'; a maintainer's right. Values are dropped here."""
        return [
            Variable(
                _text(tree, "key"),
                _field(tree, "protected", bool),
                _optional(tree, "environment_scope", str) or "*",
            )
            for tree in self._pages(self._path("variables"))
        ]

    def schedules(self) -> list[Schedule]:
        return [_schedule(tree) for tree in self._pages(self._path("pipeline_schedules"))]

    def schedule_variables(self, number: int) -> dict[str, str]:
        """The variables of one schedule, as far as the token may see them."""
        tree = self.http.get(self._path("pipeline_schedules", str(number))).tree
        every = _optional(tree, "variables", list) or []
        return {_text(one, "key"): _text(one, "value") for one in every}

    def create_schedule(self, body: Mapping[str, str | bool]) -> Schedule:
        """Takes description, ref, cron, cron_timezone, active."""
        return _schedule(self.http.send("POST", self._path("pipeline_schedules"), body).tree)

    def update_schedule(self, number: int, body: Mapping[str, str | bool]) -> Schedule:
        path = self._path("pipeline_schedules", str(number))
        return _schedule(self.http.send("PUT", path, body).tree)

    def delete_schedule(self, number: int) -> None:
        self.http.send("DELETE", self._path("pipeline_schedules", str(number)))

    def set_schedule_variable(self, number: int, key: str, value: str, *, new: bool) -> None:
        """Creates a schedule's variable, or changes the one that is there."""
        path = self._path("pipeline_schedules", str(number), "variables")
        if new:
            self.http.send("POST", path, {"key": key, "value": value})
        else:
            self.http.send("PUT", f"{path}/{_quoted(key)}", {"value": value})

    def user(self) -> int:
        """The number of the user that the token is of; a bot's, where it is a project's."""
        return _field(self.http.get("/user").tree, "id", int)

    def notes(self, request: int) -> list[Note]:
        """Of a merge request by its number within the project, the newest first."""
        return [_note(tree) for tree in self._pages(self._notes(request))]

    def create_note(self, request: int, body: str) -> Note:
        return _note(self.http.send("POST", self._notes(request), {"body": body}).tree)

    def update_note(self, request: int, number: int, body: str) -> Note:
        path = f"{self._notes(request)}/{number}"
        return _note(self.http.send("PUT", path, {"body": body}).tree)

    def _notes(self, request: int) -> str:
        return self._path("merge_requests", str(request), "notes")

    def _path(self, *steps: str) -> str:
        return "/".join(("/projects", _quoted(self.project), *steps))

    def _pages(self, path: str) -> Iterator[Any]:
        """Every item of a list, page by page, as `x-next-page` says."""
        page = 1
        for _ in range(PAGES):
            answer = self.http.get(path, {"per_page": PER_PAGE, "page": page})
            if not isinstance(answer.tree, list):
                raise _unlike(f"{path} is no list")
            yield from answer.tree
            following = answer.headers.get("x-next-page", "").strip()
            if not following:
                return
            number = natural(following)
            if number is None:
                raise _unlike(f"{path} has a next page that is no number")
            page = number
        raise _unlike(f"{path} has more than {PAGES} pages")


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def _schedule(tree: Any) -> Schedule:
    owner = _optional(tree, "owner", dict)
    return Schedule(
        _field(tree, "id", int),
        _text(tree, "description"),
        _text(tree, "ref").removeprefix(_HEADS),
        _text(tree, "cron"),
        _text(tree, "cron_timezone"),
        _field(tree, "active", bool),
        _optional(owner, "username", str) if owner else None,
    )


def _note(tree: Any) -> Note:
    author = _field(_field(tree, "author", dict), "id", int)
    return Note(_field(tree, "id", int), author, _text(tree, "body"))


def _text(tree: Any, name: str) -> str:
    return _field(tree, name, str)


def _field(tree: Any, name: str, kind: type[T]) -> T:
    found = _optional(tree, name, kind)
    if found is None:
        raise _unlike(f"it has no {name}")
    return found


def _optional(tree: Any, name: str, kind: type[T]) -> T | None:
    """A field's value; None where it is absent or null."""
    if not isinstance(tree, dict):
        raise _unlike("it is no object")
    found: T | None = tree.get(name)
    if found is not None and type(found) is not kind:
        raise _unlike(f"its {name} is no {kind.__name__}")
    return found


def _unlike(what: str) -> ForgeUnreachable:
    return ForgeUnreachable(
        f"GitLab's answer isn't what its interface says: {what}",
        hint="is a proxy, or something else than GitLab, at that address?",
    )
