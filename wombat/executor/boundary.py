"""A task's boundary in a worker: inputs judged and read, outputs written, judged, described."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.data.artifacts import Spec, load_type
from wombat.data.forms import default_form, form_of, form_of_value
from wombat.data.report import Report
from wombat.errors import DataInvalid
from wombat.executor.collect import inner, merge_frames
from wombat.executor.messages import Failed, next_step, violation
from wombat.executor.statistics import Watch
from wombat.schema.policy import resolve_policy

if TYPE_CHECKING:
    from collections.abc import Collection

    from wombat.schema.policy import Policy

STRICT: Final = "production"


@dataclass
class Boundary:
    """The inputs and outputs of one request. Reports are added to `reports`, as they come, and
    where the request asks for values, `cases` to show."""

    request: dict[str, Any]
    reports: list[dict[str, Any]]
    described: dict[str, dict[str, Any]]
    cases: list[dict[str, Any]] = field(default_factory=list)
    _failed: list[Failed] = field(default_factory=list)

    def read(self, name: str, annotation: Any) -> Any:
        """An input in the form that an annotation asks for, judged before it is read."""
        self._accept_all()
        given = self.request["inputs"][name]
        collect = given["collect"]
        if collect == "directory":
            return self._path(given)
        if collect in ("list", "dict"):
            kind = inner(annotation)
            values = {key: self._read(given, path, kind) for key, path in _folders(given).items()}
            return values if collect == "dict" else list(values.values())
        return self._read(given, Path(given["folder"]), annotation)

    def _read(self, given: dict[str, Any], folder: Path, annotation: Any) -> Any:
        spec = self._spec(given, folder)
        form = None if annotation is None else form_of(annotation)
        return load_type(spec.type).read(folder, form or default_form(spec.type), spec)

    def input_paths(self) -> dict[str, str]:
        """Each input's file, or its folder for a directory and for collected parts; all judged."""
        self._accept_all()
        return {name: str(self._path(given)) for name, given in self.request["inputs"].items()}

    def _path(self, given: dict[str, Any]) -> Path:
        """Where the files lie, which hold no more than their consumer takes."""
        specs = {folder: self._spec(given, folder) for folder in _folders(given).values()}
        files = [load_type(one.type).read(path, "path", one) for path, one in specs.items()]
        whole = given["collect"] in (None, "frame")
        return Path(str(files[0])) if whole else Path(given["folder"])

    def _accept_all(self) -> None:
        _ = self._accepted

    @cached_property
    def _accepted(self) -> bool:
        """Judges every input once; DataInvalid with all that is wrong."""
        for name, given in self.request["inputs"].items():
            if given["collect"] == "frame":
                given["folder"] = str(merge_frames(given, _folders(given), self.request["shown"]))
            for folder in _folders(given).values():
                self._accept(name, given, folder)
        self._raise_if_failed()
        return True

    def _accept(self, name: str, given: dict[str, Any], folder: Path) -> None:
        """Judges an input. One that a proof and a stamp vouch for is shaped alone: where nothing
        is to be shaped, no file of it is opened."""
        spec, policy = self._spec(given, folder), self._policy(given)
        if policy.on_fail == "quarantine":
            policy = replace(policy, on_fail="error")
        if (trust := given.get("trust")) is None:
            report = load_type(spec.type).accept(folder, spec, policy)
        else:
            shaping = replace(policy, check="none", cast=trust["cast"])
            shaped = load_type(spec.type).accept(folder, spec, shaping)
            report = _trusted(spec, shaped, trust["rows"])
        report = self._casts_told(given, report)
        self._note(f"input '{name}'", spec, folder, policy, report, told=given.get("told"))

    def output_paths(self) -> dict[str, str]:
        """Where each output is to be written; the folders are there."""
        paths = {}
        for name, made in self.request["outputs"].items():
            folder = Path(made["folder"])
            folder.mkdir(parents=True, exist_ok=True)
            spec = self._spec(made, folder)
            paths[name] = str(load_type(spec.type).target(folder, spec))
        return paths

    def write(self, name: str, value: object) -> None:
        """A returned value into its output's folder."""
        made = self.request["outputs"][name]
        folder = Path(made["folder"])
        spec, policy = self._made(made, folder), self._policy(made)
        report = load_type(spec.type).write(value, folder, spec, policy)
        library = (form_of_value(value) or "").removesuffix("-lazy")
        self._describe(name, replace(spec, library=library), folder, policy, report)

    def check_outputs(self, names: Collection[str] | None = None) -> None:
        """Judges what the task wrote by itself, then raises DataInvalid for every output."""
        for name, made in self.request["outputs"].items():
            if names is None or name in names:
                folder = Path(made["folder"])
                spec, policy = self._made(made, folder), self._policy(made)
                report = load_type(spec.type).check(folder, spec, policy)
                self._describe(name, spec, folder, policy, report)
        self._raise_if_failed()

    def _made(self, made: dict[str, Any], folder: Path) -> Spec:
        """An output's spec; where it may be judged, with an empty folder for rows that are set
        aside: the task may have written there, too."""
        spec, rejects = self._spec(made, folder), Path(made["rejects"])
        if spec.schema is not None or spec.options:
            shutil.rmtree(rejects, ignore_errors=True)
            rejects.mkdir(parents=True)
        return replace(spec, rejects=rejects, told=Watch(), library=made.get("library"))

    def _describe(
        self, name: str, spec: Spec, folder: Path, policy: Policy, report: Report | None
    ) -> None:
        if report is not None:
            self.described[name] = _stamp(spec, report, self.request["profile"], policy)
            if spec.schema is not None and spec.library:  # checks meet it in the form that it had
                self.described[name]["library"] = spec.library
            if isinstance(spec.told, Watch):  # drift is no failure of rows: the stamp is without it
                file = load_type(spec.type).source(folder, spec)
                made = self.request["outputs"][name]
                report, facts = spec.told.observe(made, file, spec, policy, report)
                self.described[name] |= facts
        report = self._casts_told(self.request["outputs"][name], report)
        self._note(f"output '{name}'", spec, folder, policy, report)

    def _casts_told(self, one: dict[str, Any], report: Report | None) -> Report | None:
        """With a warning for each column that was cast here, if production wouldn't do that."""
        if report is None or not report.casts or self.request["profile"] == STRICT:
            return report
        if self._policy(one, STRICT).cast != "none":
            return report
        casts = (replace(c, message=f"{c.message}; production refuses it") for c in report.casts)
        return replace(report, findings=(*report.findings, *casts))

    def _note(
        self,
        where: str,
        spec: Spec,
        folder: Path,
        policy: Policy,
        report: Report | None,
        *,
        told: str | None = None,
    ) -> None:
        if report is None:
            return
        named = report.named(report.artifact, self.request["profile"])
        side = where.partition(" ")[0]
        tree = {"side": side, "type": spec.type, **named.to_json()}
        if told is not None and named.findings and named.ok:
            tree["told"] = told
        self.reports.append(tree)
        if self.request["show_values"] and named.findings:
            self._look_up(where, spec, folder, named)
        if not named.ok:
            self._failed.append(Failed(where, named, policy))

    def _look_up(self, where: str, spec: Spec, folder: Path, report: Report) -> None:
        if spec.schema is None:
            return
        from wombat.data.cases import cases

        artifact = load_type(spec.type)
        rejects = artifact.source(spec.rejects, spec) if spec.rejects else None
        found = cases(artifact.source(folder, spec), rejects, report, spec.schema)
        self.cases += [{"where": where, **one} for one in found]

    def _raise_if_failed(self) -> None:
        if self._failed:
            said = violation(self.request["shown"], self.request["profile"], self._failed)
            raise DataInvalid(said, hint=next_step(self.request, self._failed))

    def _spec(self, one: dict[str, Any], folder: Path) -> Spec:
        path = one["path"]
        if one["type"] == "file" and path is None:
            path = _only_file(folder)
        options = {**one.get("options", {})}
        if one.get("format"):
            options["format"] = one["format"]
        return Spec(one["name"], one["type"], self._schema(one["schema"]), path, options)

    def _schema(self, name: str | None) -> Any:
        if name is None:
            return None
        from wombat.schema.model import schema_from_json

        schema = schema_from_json(self.request["schemas"][name])
        return schema.in_profile(self.request["profile"])

    def _policy(self, one: dict[str, Any], profile: str | None = None) -> Policy:
        """Of this run's profile unless another is named: built in < `wombat.yml` < schema < the
        input's or output's own."""
        schema = self.request["schemas"].get(one["schema"], {}) if one["schema"] else {}
        layers = (self.request["policies"], schema.get("policies", {}), one["policies"])
        return resolve_policy(profile or self.request["profile"], *layers)


def _folders(given: dict[str, Any]) -> dict[str, Path]:
    """The folder of each part by label, in their order; of the whole input without parts."""
    if given["parts"] is None:
        return {"": Path(given["folder"])}
    return {label: Path(part["folder"]) for label, part in given["parts"].items()}


def _only_file(folder: Path) -> str | None:
    """The name of the file in an artifact whose producer isn't at hand."""
    found = sorted(path.name for path in folder.iterdir() if path.is_file())
    return found[0] if len(found) == 1 else None


def _stamp(spec: Spec, report: Report, profile: str, policy: Policy) -> dict[str, Any]:
    """What others may rely on: by which schema, how deeply, and whether all that is kept holds.

    Of a sample it is said how large it was meant to be: two samples aren't as deep as each other.
    """
    described: dict[str, Any] = {"schema": spec.schema.name if spec.schema else None}
    if report.schema:
        described["stamp"] = {
            "schema": report.schema_digest,
            "profile": profile,
            "depth": report.depth,
            "passed": report.passed,
        }
        if report.depth == "sample":
            described["stamp"] |= {"head": policy.head, "random": policy.random}
    return described | ({"rejected": report.rejected} if report.rejected else {})


def _trusted(spec: Spec, shaped: Report | None, rows: int | None) -> Report | None:
    """The report on an input of which the proof says that it holds."""
    if spec.schema is None:
        return None
    base = shaped or Report(
        spec.name, spec.schema.name, spec.schema.digest, "", "none", rows or 0, 0
    )
    return replace(base, trusted="proven")
