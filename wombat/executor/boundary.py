"""A task's boundary in a worker: inputs judged and read, outputs written, judged, described."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wombat.data.artifacts import Spec, load_type
from wombat.data.forms import default_form, form_of
from wombat.errors import DataInvalid
from wombat.executor.collect import inner, merge_frames
from wombat.executor.messages import violation
from wombat.schema.policy import resolve_policy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from wombat.data.report import Report
    from wombat.schema.policy import Policy


@dataclass
class Boundary:
    """The inputs and outputs of one request. Reports are added to `reports`, as they come."""

    request: dict[str, Any]
    reports: list[dict[str, Any]]
    described: dict[str, dict[str, Any]]
    _failed: list[tuple[str, Report]] = field(default_factory=list)

    def read(self, name: str, annotation: Any) -> Any:
        """An input in the form that an annotation asks for, judged before it is read."""
        self._accept_all()
        given = self.request["inputs"][name]
        collect = given["collect"]
        if collect == "directory":
            return Path(given["folder"])
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
        folder = Path(given["folder"])
        if given["collect"] not in (None, "frame"):
            return folder
        spec = self._spec(given, folder)
        return load_type(spec.type).source(folder, spec)

    def _accept_all(self) -> None:
        _ = self._accepted

    @cached_property
    def _accepted(self) -> bool:
        """Judges every input once; DataInvalid with all that is wrong."""
        for name, given in self.request["inputs"].items():
            if given["collect"] == "frame":
                given["folder"] = str(merge_frames(given, _folders(given), self.request["shown"]))
            for folder in _folders(given).values():
                spec = self._spec(given, folder)
                policy = self._policy(given)
                self._note(f"input '{name}'", load_type(spec.type).accept(folder, spec, policy))
        self._raise_if_failed()
        return True

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
        spec = self._spec(made, folder)
        self._describe(name, load_type(spec.type).write(value, folder, spec, self._policy(made)))

    def check_outputs(self, names: Collection[str] | None = None) -> None:
        """Judges what the task wrote by itself, then raises DataInvalid for every output."""
        for name, made in self.request["outputs"].items():
            if names is None or name in names:
                folder = Path(made["folder"])
                spec = self._spec(made, folder)
                report = load_type(spec.type).check(folder, spec, self._policy(made))
                self._describe(name, report)
        self._raise_if_failed()

    def _describe(self, name: str, report: Report | None) -> None:
        if report is not None:
            self.described[name] = _stamp(report, self.request["profile"])
            self.described[name]["stats"] = self._stats(self.request["outputs"][name])
        several = len(self.request["outputs"]) > 1
        self._note(f"output '{name}'" if several else "", report)

    def _stats(self, made: dict[str, Any]) -> dict[str, Any]:
        """Rows and columns of a frame that was just written; personal columns as counts only."""
        from wombat.data.stats import frame_stats

        folder = Path(made["folder"])
        spec = self._spec(made, folder)
        return frame_stats(load_type(spec.type).source(folder, spec), spec.schema).to_json()

    def _note(self, where: str, report: Report | None) -> None:
        if report is None:
            return
        named = report.named(report.artifact, self.request["profile"])
        self.reports.append({"side": where.partition(" ")[0] or "output", **named.to_json()})
        if not named.ok:
            self._failed.append((where, named))

    def _raise_if_failed(self) -> None:
        if self._failed:
            shown, profile = self.request["shown"], self.request["profile"]
            raise DataInvalid(violation(shown, profile, self._failed), hint=_hint(self._failed))

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

        return schema_from_json(self.request["schemas"][name])

    def _policy(self, one: dict[str, Any]) -> Policy:
        """Built in < `wombat.yml` < schema < the input's or output's own."""
        schema = self.request["schemas"].get(one["schema"], {}) if one["schema"] else {}
        layers = (self.request["policies"], schema.get("policies", {}), one["policies"])
        return resolve_policy(self.request["profile"], *layers)


def _folders(given: dict[str, Any]) -> dict[str, Path]:
    """The folder of each part by label, in their order; of the whole input without parts."""
    if given["parts"] is None:
        return {"": Path(given["folder"])}
    return {label: Path(part["folder"]) for label, part in given["parts"].items()}


def _only_file(folder: Path) -> str | None:
    """The name of the file in an artifact whose producer isn't at hand."""
    found = sorted(path.name for path in folder.iterdir() if path.is_file())
    return found[0] if len(found) == 1 else None


def _stamp(report: Report, profile: str) -> dict[str, Any]:
    stamp = {"schema": report.schema_digest, "profile": profile, "depth": report.depth}
    described: dict[str, Any] = {"schema": report.schema}
    return described | ({"stamp": stamp} if report.schema else {})


def _hint(failed: Iterable[tuple[str, Report]]) -> str | None:
    schemas = sorted({report.schema for _, report in failed if report.schema})
    if not schemas:
        return None
    return f"change the data, or what {' and '.join(schemas)} asks of it"
