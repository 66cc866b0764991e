"""`publish` of `wombat.yml`: where else a published run stands, for those who don't use Wombat."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from wombat.language.decode import Written
from wombat.language.paths import RelativePath
from wombat.language.scalars import Words, mistake, shown
from wombat.language.url import Endpoint

_REPOSITORY: Final = re.compile(r"[a-z0-9][a-z0-9-]{2,62}")
_BRANCH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,254}")

_ACTIONS: Final = "_lakefs_actions"


def _repository(text: str) -> str:
    if not _REPOSITORY.fullmatch(text):
        raise mistake(
            "invalid-name",
            f"{shown(text)} is no repository of lakeFS; expected 3 to 63 of a-z, 0-9 and '-'",
        )
    return text


def _branch(text: str) -> str:
    if not _BRANCH.fullmatch(text):
        raise mistake(
            "invalid-name",
            f"{shown(text)} is no branch of lakeFS; expected letters, digits, '_' and '-'",
        )
    return text


def _path(path: str) -> str:
    if path.partition("/")[0] == _ACTIONS:
        raise mistake(
            "invalid-path",
            f"{shown(path)} is where lakeFS keeps its hooks; expected another folder",
        )
    return path


class LakefsDecl(Written):
    """A branch of a repository of lakeFS, on which the default branch's runs stand as files below
    `path`. Without `endpoint` the server is the one that the environment names."""

    repository: Annotated[Words, AfterValidator(_repository)]
    branch: Annotated[Words, AfterValidator(_branch)] = "main"
    path: Annotated[RelativePath, AfterValidator(_path)] | None = None
    endpoint: Endpoint | None = None


class PublishDecl(Written):
    """Beside the store itself, which stays what counts."""

    lakefs: LakefsDecl | None = None
