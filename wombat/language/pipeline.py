"""A pipeline as written: the models that decode its file and generate its JSON Schema."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    WithJsonSchema,
    model_validator,
)

from wombat.language.decode import Written
from wombat.language.names import Duration, Identifier, Name, OutputName, TaskName
from wombat.language.outputs import Glob, OutputDecl
from wombat.language.paths import Function, RelativePath
from wombat.language.scalars import (
    Flag,
    Free,
    Number,
    Raw,
    Whole,
    Words,
    mistake,
    shown,
    wrong_type,
)
from wombat.language.source import Mapping, Scalar, Sequence
from wombat.language.url import Projected, Url
from wombat.language.values import Argument, PartValue, Values, Variable

_IMAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}")
_DISTRIBUTION: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?")
_ENV_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _env_name(text: str) -> str:
    if not _ENV_NAME.fullmatch(text) or text.startswith("WOMBAT_"):
        raise mistake(
            "invalid-name",
            f"'{text}' is no environment variable's name; expected "
            "letters, digits and '_', not beginning with WOMBAT_",
        )
    return text


def _image(text: str) -> str:
    if not _IMAGE.fullmatch(text):
        raise mistake(
            "invalid-image",
            f"'{text[:60]}' is no image; expected a name in wombat.yml, or a reference like "
            "python:3.12",
            "variables of the CI system belong into wombat.yml: images",
        )
    return text


def _distribution(text: str) -> str:
    if not _DISTRIBUTION.fullmatch(text):
        raise mistake(
            "invalid-name",
            f"{shown(text)} is no distribution's name; expected letters, digits, '-', '_' and '.'",
            "versions stand in the lock file" if re.search(r"[=<>~@\[ ]", text) else None,
        )
    return text


Image = Annotated[Words, AfterValidator(_image)]
Distribution = Annotated[Words, AfterValidator(_distribution)]
EnvName = Annotated[Words, AfterValidator(_env_name)]


def _one_or_more(node: Any) -> Any:
    return [node] if isinstance(node, Scalar) else node


class ParamDecl(Written):
    """A parameter of the pipeline; without `default` a run must give it."""

    type: Literal["int", "float", "bool", "string", "json"]
    default: Free = None
    min: Number | None = None
    max: Number | None = None
    choices: Annotated[list[Free] | None, Field(alias="in", min_length=1)] = None
    description: Words | None = None


class InputDecl(Written):
    """Where an input comes from, and what its consumer needs of it."""

    from_: Annotated[Words | None, Field(alias="from")] = None
    file: RelativePath | None = None
    artifact: Projected | None = None
    url: Url | None = None
    refresh: Literal["schedule", "always", "never"] | None = None
    schema_: Annotated[Words | None, Field(alias="schema")] = None
    collect: Literal["list", "dict", "frame", "directory"] | None = None
    policies: dict[Name, Raw] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        names = ("from_", "file", "artifact", "url")
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(n.rstrip("_") for n in given)
            said = f"{said} stand here" if given else "no source stands here"
            raise mistake("input-source", f"{said}; expected one of from, file, artifact, url")
        if self.refresh is not None and self.url is None:
            raise mistake(
                "refresh-unneeded",
                "refresh says when outside data is looked at anew; expected a url beside it",
            )
        return self


def _short_input(node: Any) -> Any:
    if isinstance(node, Scalar):
        return {"from": node}
    if not isinstance(node, Mapping | dict | InputDecl):
        raise wrong_type(node, "a task, task.output or a mapping with from, file, artifact or url")
    return node


def _short_output(node: Any) -> Any:
    if isinstance(node, Scalar):
        return {"type": "dataframe", "schema": node}
    if not isinstance(node, Mapping | dict | OutputDecl):
        raise wrong_type(node, "a schema's name or a mapping")
    return node


def _listed_outputs(node: Any) -> Any:
    if isinstance(node, Sequence):
        for item in node:
            if not isinstance(item, Scalar):
                raise wrong_type(item, "names of outputs, or a mapping")
        return {item: {} for item in node}
    return node


AnyInput = Annotated[
    InputDecl, BeforeValidator(_short_input, json_schema_input_type=str | InputDecl)
]
AnyOutput = Annotated[
    OutputDecl, BeforeValidator(_short_output, json_schema_input_type=str | OutputDecl)
]
Outputs = Annotated[
    dict[OutputName, AnyOutput],
    BeforeValidator(_listed_outputs, json_schema_input_type=dict[str, AnyOutput] | list[str]),
]
Retry = Annotated[
    Whole,
    Field(ge=0, le=2),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 2}),
]
"""GitLab allows two; the other targets follow the same bound."""


Patterns = Annotated[
    list[Glob], BeforeValidator(_one_or_more, json_schema_input_type=str | list[str])
]


class Settings(Written):
    """What a task says of how it runs; `defaults` says it for all."""

    image: Image | None = None
    compute: Words | None = None
    retry: Retry | None = None
    timeout: Duration | None = None
    env: dict[EnvName, Variable] = Field(default_factory=dict)
    depends_on: Patterns = Field(default_factory=list)


class TaskDecl(Settings):
    """One task: exactly one of run, command, shell; what it takes and makes."""

    description: Words | None = None
    run: Function | None = None
    command: Annotated[list[Argument] | None, Field(min_length=1)] = None
    shell: Words | None = None
    inputs: dict[Identifier, AnyInput] = Field(default_factory=dict)
    with_: Annotated[Values, Field(alias="with")] = Field(default_factory=dict)
    outputs: Outputs = Field(default_factory=dict)
    foreach: dict[Identifier, Annotated[list[PartValue], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    batch: Annotated[
        Whole | None, Field(ge=1), WithJsonSchema({"type": "integer", "minimum": 1})
    ] = None
    needs: Annotated[
        list[Words], BeforeValidator(_one_or_more, json_schema_input_type=str | list[str])
    ] = Field(default_factory=list)
    requires: Annotated[
        list[Distribution] | None,
        BeforeValidator(_one_or_more, json_schema_input_type=str | list[str]),
    ] = None
    volatile: Flag = False

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [k for k in ("run", "command", "shell") if getattr(self, k) is not None]
        if len(given) != 1:
            said = f"{' and '.join(given)} stand" if given else "nothing to run stands"
            raise mistake("task-kind", f"{said} here; expected one of run, command, shell")
        if self.batch is not None and not self.foreach:
            raise mistake(
                "batch-without-foreach",
                "'batch' says how many parts a job takes, and this task has none; expected foreach",
            )
        return self


class ScheduleDecl(Written):
    """When CI starts the pipeline by itself; the time zone is an IANA name."""

    cron: Words
    timezone: Words = "UTC"


class OnDecl(Written):
    """What starts the pipeline in CI; `plan` compiles and shows it, and a click runs it."""

    merge_request: Literal["plan", "run", "off"] = "plan"
    push: Literal["run", "off"] = "run"
    schedule: Literal["run", "off"] = "run"


class PipelineDecl(Written):
    """A pipeline's file."""

    pipeline: Name
    description: Words | None = None
    owner: Words | None = None
    params: dict[Identifier, ParamDecl] = Field(default_factory=dict)
    schedule: ScheduleDecl | None = None
    on: OnDecl = Field(default_factory=OnDecl)
    defaults: Settings = Field(default_factory=Settings)
    tasks: Annotated[dict[TaskName, TaskDecl], Field(min_length=1)]
