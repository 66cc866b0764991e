"""`wombat.yml` as written."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from wombat.language.decode import Written
from wombat.language.names import Name, Size
from wombat.language.scalars import Number, Words, free


class ComputeDecl(Written):
    """A named size of machine: cores, bytes, and the runner's tags."""

    cpu: Annotated[
        Number | None, Field(gt=0), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
    ] = None
    memory: Size | None = None
    tags: list[Words] = Field(default_factory=list)


class GitlabDecl(Written):
    """What every generated GitLab job says; verbatim, from this trusted file alone."""

    tags: list[Words] = Field(default_factory=list)
    before_script: list[Words] = Field(default_factory=list)


Raw = Annotated[dict[str, Any], BeforeValidator(free), WithJsonSchema({"type": "object"})]


class ProjectDecl(Written):
    """A project's file: everything is optional."""

    project: Name | None = None
    store: Words | None = None
    images: dict[Name, Words] = Field(default_factory=dict)
    compute: dict[Name, ComputeDecl] = Field(default_factory=dict)
    policies: dict[Name, Raw] = Field(default_factory=dict)
    gitlab: GitlabDecl = Field(default_factory=GitlabDecl)
