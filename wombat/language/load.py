"""From a checkout's files to what is written in them: every file, every mistake, one go."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wombat.digest import Digest, digest_bytes
from wombat.errors import Place
from wombat.language.decode import decode
from wombat.language.near import near
from wombat.language.pipeline import PipelineDecl
from wombat.language.project import GIVEN_PROFILES, ProjectDecl
from wombat.language.quoted import warn_of_quoted
from wombat.language.root import PIPELINES, PROJECT_FILE
from wombat.language.source import Document, parse_documents
from wombat.language.text import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wombat.errors import Diagnostics

_ENDINGS: Final = (".yml", ".yaml")


@dataclass(frozen=True)
class Pipeline:
    """One pipeline's declaration, its document for places, and the digest of its bytes."""

    decl: PipelineDecl
    document: Document
    path: str
    digest: Digest


@dataclass(frozen=True)
class Spec:
    """Everything written below a project's root but its schemas; paths use `/`."""

    root: Path
    project: ProjectDecl
    project_document: Document | None
    pipelines: dict[str, Pipeline] = field(default_factory=dict)


def load_spec(root: Path, sink: Diagnostics) -> Spec:
    """What is written in the project at `root`; mistakes go to `sink`."""
    project, document = load_project(root, sink)
    pipelines: dict[str, Pipeline] = {}
    for file in yaml_files(root / PIPELINES, recursive=False):
        loaded = load_pipeline(file, file.relative_to(root).as_posix(), sink)
        if loaded is None:
            continue
        if first := pipelines.get(file.stem):  # churn.yml beside churn.yaml
            _twice(first, loaded, sink)
        else:
            pipelines[file.stem] = loaded
    return Spec(root, project, document, pipelines)


def load_project(root: Path, sink: Diagnostics) -> tuple[ProjectDecl, Document | None]:
    """`wombat.yml`, or an empty one where there is none or it is broken."""
    file = root / PROJECT_FILE
    if not file.exists():
        return ProjectDecl(), None
    data = read_bytes(file, PROJECT_FILE, sink)
    return (ProjectDecl(), None) if data is None else project_in(data, sink)


def project_in(data: bytes, sink: Diagnostics) -> tuple[ProjectDecl, Document | None]:
    """As `load_project`, of the file's bytes."""
    documents = parse_documents(data, PROJECT_FILE, sink)
    if not documents:
        return ProjectDecl(), None
    decl = decode(documents[0], ProjectDecl, sink) or ProjectDecl()
    _warn_of_profiles(decl, documents[0], sink)
    return decl, documents[0]


def _warn_of_profiles(decl: ProjectDecl, document: Document, sink: Diagnostics) -> None:
    expected = " or ".join(GIVEN_PROFILES)
    for name in decl.profiles:
        if name not in GIVEN_PROFILES and (hint := near(name, GIVEN_PROFILES)):
            sink.warn(
                "profile-name",
                f"no run has the profile '{name}' by itself; expected {expected}",
                document.key_at("profiles", name),
                hint=hint,
            )


def load_pipeline(file: Path, shown: str, sink: Diagnostics) -> Pipeline | None:
    """One pipeline's file; its name must be the file's."""
    data = read_bytes(file, shown, sink)
    if data is None:
        return None
    before = len(sink.found)
    documents = parse_documents(data, shown, sink)
    if not documents:
        if len(sink.found) == before:
            sink.error(
                "file-empty",
                "this file is empty; expected a pipeline",
                Place(shown),
                hint="remove it, or begin with 'pipeline:'",
            )
        return None
    if len(documents) > 1:
        sink.error(
            "file-documents",
            "a second document begins here; expected one pipeline a file",
            documents[1].at(),
        )
    warn_of_quoted(documents[0], sink)
    decl = decode(documents[0], PipelineDecl, sink)
    if decl is None:
        return None
    _check_name(decl, file, documents[0], sink)
    return Pipeline(decl, documents[0], shown, digest_bytes(data))


def _twice(first: Pipeline, second: Pipeline, sink: Diagnostics) -> None:
    sink.error(
        "duplicate-pipeline",
        f"pipeline '{second.decl.pipeline}' stands in {first.path} too; expected one file",
        second.document.at("pipeline"),
        hint="remove one of the two files",
        related=((first.document.at("pipeline"), "also here"),),
    )


def _check_name(decl: PipelineDecl, file: Path, document: Document, sink: Diagnostics) -> None:
    if decl.pipeline != file.stem:
        sink.error(
            "pipeline-name",
            f"pipeline '{decl.pipeline}' stands in {file.name}; expected the file's name",
            document.at("pipeline"),
            hint=f"call the file {decl.pipeline}.yml, or the pipeline {file.stem}",
        )


def yaml_files(folder: Path, *, recursive: bool) -> Iterator[Path]:
    """The YAML files in a folder, sorted, without hidden ones; a folder named like one too."""
    if not folder.is_dir():
        return
    for above, folders, files in os.walk(folder):
        named = _yaml([*files, *folders])
        folders[:] = sorted(f for f in folders if recursive and f[0] != "." and f not in named)
        yield from (Path(above, name) for name in named)


def _yaml(names: Iterable[str]) -> list[str]:
    return sorted(n for n in names if n.endswith(_ENDINGS) and not n.startswith("."))
