"""Records: one JSON object a line."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.files import check_alone, replacing
from wombat.data.json_schema import judge_of
from wombat.data.judged_lines import FILE, judge_lines, stored
from wombat.data.lines import BadLine, read_lines, write_lines
from wombat.errors import TaskFailed, WombatError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
    from wombat.data.report import Report
    from wombat.schema.policy import Policy


class Records:
    """One file, `data.jsonl`, each line in canonical JSON; never whole in memory.

    Lines keep their order. What a task writes in gzip is kept unpacked: a store packs by itself,
    and finds equal parts only in what isn't packed.
    """

    name = "records"

    def target(self, folder: Path, spec: Spec) -> Path:
        return folder / f"data.{spec.options.get('format') or 'jsonl'}"

    def source(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder / FILE

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        if not isinstance(value, Iterable) or isinstance(value, str | bytes | dict):
            said = f"a {type(value).__name__} was returned; expected a list of dicts"
            raise mismatch(spec, said, "or an iterator of dicts, of which one is held at a time")
        with replacing(folder / FILE) as fresh:
            rows = _written(_of_task(value, spec), fresh, spec)
        check_alone(folder / FILE, folder, spec)
        return judge_lines(folder / FILE, rows, spec, policy)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        file = self.target(folder, spec)
        check_alone(file, folder, spec)
        packed = file.name.endswith(".gz")
        with replacing(folder / FILE) as fresh:
            rows = _written((one for one, _ in read_lines(file, packed=packed)), fresh, spec)
        if file.name != FILE:
            file.unlink()
        return judge_lines(folder / FILE, rows, spec, policy)

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        if judge_of(spec.options) is None:
            return None
        if policy.on_fail == "quarantine":
            policy = replace(policy, on_fail="error")
        rows = sum(1 for _ in stored(self.source(folder, spec), spec))
        return judge_lines(self.source(folder, spec), rows, spec, policy)

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        file = self.source(folder, spec)
        if form == "path":
            return file
        if form not in ("json", "iterator"):
            raise no_form(spec, form, "a list, an Iterator or a Path")
        found = (record for record, _ in stored(file, spec))
        return found if form == "iterator" else list(found)


def _of_task(values: Iterable[Any], spec: Spec) -> Iterator[Any]:
    """The records of an iterable, which may be the task's own code still running."""
    given = iter(values)
    while True:
        try:
            one = next(given)
            dump = getattr(one, "model_dump", None)  # of pydantic's models
            one = dump(mode="json") if callable(dump) else one
        except StopIteration:
            return
        except WombatError:
            raise
        except Exception as fault:  # noqa: BLE001  # whatever their code raises is theirs
            traceback.print_exc()
            said = f"output '{spec.name}': its iterator raised {type(fault).__name__}"
            raise TaskFailed(said) from None
        yield one


def _written(records: Iterable[Any], file: Path, spec: Spec) -> int:
    try:
        return write_lines(records, file)
    except BadLine as fault:
        raise mismatch(spec, f"{fault}", "expected one JSON object a line") from None


TYPE: Final[ArtifactType] = Records()
