"""`wombat.yml` as written."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlencode

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from wombat.language.decode import Written
from wombat.language.names import Name, Size
from wombat.language.paths import RelativePath
from wombat.language.publish import PublishDecl
from wombat.language.scalars import (
    Flag,
    Number,
    Raw,
    Text,
    Whole,
    Words,
    free,
    mistake,
    shown,
    wrong_type,
)
from wombat.language.source import Scalar

_VERSION: Final = re.compile(r"[1-9][0-9]?\.[0-9]{1,2}")
_LONGER: Final = re.compile(rf"v?({_VERSION.pattern})([.+-].*)?", re.ASCII)
OLDEST: Final = (16, 11)
"""The oldest GitLab that what is generated can run on."""
ID_TOKEN: Final = "WOMBAT_ID_TOKEN"  # noqa: S105 -- a variable's name
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _filled(text: str) -> str:
    if not text.strip():
        raise mistake(
            "invalid-value", "an empty text stands here; expected one that says something"
        )
    return text


Filled = Annotated[Words, AfterValidator(_filled)]


class ComputeDecl(Written):
    """A named size of machine: cores, bytes, and the runner's tags."""

    cpu: Annotated[
        Number | None, Field(gt=0), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
    ] = None
    memory: Size | None = None
    tags: list[Filled] = Field(default_factory=list)


GIVEN_PROFILES: Final = ("production", "development")
"""The profiles that runs have by themselves: on the default branch and on tags, and elsewhere."""


class ProfileDecl(Written):
    """What runs of a profile may do. `effects`: tasks without outputs run, after the publish."""

    effects: Flag = False


Verbatim = Annotated[Any, BeforeValidator(free), WithJsonSchema({"type": ["string", "object"]})]


def _version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        longer = _LONGER.fullmatch(text)
        raise mistake(
            "gitlab-version",
            f"{shown(text)} is no version of GitLab; expected one like 18.5",
            f"write {longer[1]}" if longer else None,
        )
    major, minor = text.split(".")
    if (int(major), int(minor)) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise mistake(
            "gitlab-version",
            f"GitLab {text} is too old; expected {oldest} or newer",
            "jobs are retried by exit code since",
        )
    return text


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name) or name.startswith("WOMBAT_"):
        raise mistake(
            "invalid-name",
            f"'{name}' is no variable's name; expected letters, digits and '_', not beginning "
            "with WOMBAT_",
        )
    return name


def _token(name: str) -> str:
    """The one of ours that jobs are meant to have: a store's role is taken on with it."""
    return name if name == ID_TOKEN else _variable(name)


def _lines(node: Any) -> Any:
    """A list as it is; a text is told to be one line of it, whatever its words are."""
    if isinstance(node, Scalar) and node and len(node) <= 60:
        raise wrong_type(node, "a list", f"write [{json.dumps(node, ensure_ascii=False)}]")
    return node


class LimitsDecl(Written):
    """What the GitLab at hand allows: jobs of a pipeline, needs of a job, bytes of its YAML."""

    jobs: Annotated[Whole | None, Field(ge=1)] = None
    needs: Annotated[Whole | None, Field(ge=2)] = None
    yaml: Size | None = None


class GitlabDecl(Written):
    """The GitLab at hand, and what every generated job says; verbatim, from this file alone."""

    version: Annotated[Words, AfterValidator(_version)] | None = None
    tier: Literal["free", "premium", "ultimate"] = "free"
    limits: LimitsDecl = Field(default_factory=LimitsDecl)
    image: Filled | None = None
    wombat: Literal["present", "install"] = "present"
    requirements: RelativePath | None = None
    include: list[Verbatim] = Field(default_factory=list)
    extends: list[Filled] = Field(default_factory=list)
    variables: dict[Annotated[Words, AfterValidator(_variable)], Text] = Field(default_factory=dict)
    tags: list[Filled] = Field(default_factory=list)
    services: list[Verbatim] = Field(default_factory=list)
    before_script: Annotated[list[Words], BeforeValidator(_lines)] = Field(default_factory=list)
    id_tokens: dict[Annotated[Words, AfterValidator(_token)], Raw] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _installs(self) -> Self:
        if (self.wombat == "install") != (self.requirements is not None):
            raise mistake(
                "gitlab-install",
                "'wombat: install' and 'requirements' go together; expected both or neither",
                "requirements names a lock file with the hash of every package, wombat-ci too",
            )
        return self


class StoreDecl(Written):
    """Where artifacts are kept: a folder, a bucket of S3 and its server, or a branch of lakeFS."""

    url: Filled
    endpoint: Filled | None = None
    region: Filled | None = None
    path_style: Flag | None = None

    @property
    def address(self) -> str:
        """One text, as WOMBAT_STORE has it."""
        style = None if self.path_style is None else str(self.path_style).lower()
        said = {"endpoint": self.endpoint, "region": self.region, "path_style": style}
        query = urlencode({k: v for k, v in said.items() if v is not None}, safe=":/")
        return f"{self.url}?{query}" if query else self.url

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.address == self.url:
            return self
        lake = self.url.startswith("lakefs://") and self.region is None and self.path_style is None
        if not (lake or self.url.startswith("s3://")) or "?" in self.url:
            raise mistake(
                "store-address",
                "endpoint, region and path_style belong to a bucket, and endpoint to a branch of "
                "lakeFS; expected an url as s3://bucket/prefix, without a '?'",
            )
        return self


def _short_store(node: Any) -> Any:
    return {"url": node} if isinstance(node, Scalar) else node


AnyStore = Annotated[
    StoreDecl, BeforeValidator(_short_store, json_schema_input_type=str | StoreDecl)
]


_DAYS: Final = re.compile(r"([0-9]{1,5})d")


def _days(node: Any) -> Any:
    """Seconds; longer than any duration of a task, and never minutes by mistake."""
    if not isinstance(node, str):
        return node
    found = _DAYS.fullmatch(node)
    if found is None:
        raise mistake("invalid-duration", f"{shown(node)} is no number of days; expected 90d")
    return int(found[1]) * 86_400


Days = Annotated[
    int,
    BeforeValidator(
        _days,
        json_schema_input_type=Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}d$")],
    ),
]


class RulesDecl(Written):
    """Which versions keep their data: those that one of these rules keeps."""

    keep_last: Annotated[Whole | None, Field(ge=0)] = None
    younger_than: Days | None = None
    tags: Flag | None = None
    living_branches: Flag | None = None


class RetentionDecl(RulesDecl):
    """The project's rules, and those of pipelines where they differ."""

    pipelines: dict[Name, RulesDecl] = Field(default_factory=dict)


class ProjectDecl(Written):
    """A project's file: everything is optional."""

    project: Name | None = None
    store: AnyStore | None = None
    upstream: AnyStore | None = None
    dependencies: RelativePath | None = None
    images: dict[Name, Filled] = Field(default_factory=dict)
    compute: dict[Name, ComputeDecl] = Field(default_factory=dict)
    profiles: dict[Name, ProfileDecl] = Field(default_factory=dict)
    policies: dict[Name, Raw] = Field(default_factory=dict)
    retention: RetentionDecl = Field(default_factory=RetentionDecl)
    publish: PublishDecl = Field(default_factory=PublishDecl)
    gitlab: GitlabDecl = Field(default_factory=GitlabDecl)
