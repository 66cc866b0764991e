"""Frames, kept as canonical Parquet."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.engines import load_engine
from wombat.data.files import check_alone, replacing
from wombat.data.forms import FRAMES, form_of_value
from wombat.data.report import Report
from wombat.errors import DataInvalid, TaskFailed

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.cells import Cells
    from wombat.data.forms import Form
    from wombat.data.validate import Judged
    from wombat.schema.policy import Policy

FILE: Final = "data.parquet"


class Dataframe:
    """One Parquet file, `data.parquet`, whatever library the frame came from."""

    name = "dataframe"

    def target(self, folder: Path, spec: Spec) -> Path:
        return folder / f"data.{spec.options.get('format') or 'parquet'}"

    def source(self, folder: Path, spec: Spec) -> Path:  # noqa: ARG002  # the protocol's
        return folder / FILE

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> Report:
        form = form_of_value(value)
        if form not in FRAMES:
            raise mismatch(
                spec,
                f"a {type(value).__name__} was returned; expected a dataframe",
                "return a pandas or polars DataFrame, or a pyarrow Table",
            )
        engine = load_engine(form.removesuffix("-lazy"))
        table = engine.to_arrow(value, spec.schema)
        from wombat.data.cells import Cells

        report = _keep(Cells(table), folder, spec, policy, engine.name)
        check_alone(folder / FILE, folder, spec)
        return report

    def check(self, folder: Path, spec: Spec, policy: Policy) -> Report:
        """Cells that aren't of their type are in the report. DataInvalid for lines that are none
        of a table."""
        file = self.target(folder, spec)
        check_alone(file, folder, spec)
        load_engine("pyarrow")
        from wombat.data.cells import BadLines, BadTable
        from wombat.data.csv_tables import dialect_of
        from wombat.data.tables import read_cells

        kind, dialect = spec.options.get("format"), dialect_of(spec.options.get("dialect", {}))
        try:
            cells = read_cells(file, kind or "parquet", spec.schema, dialect)
        except BadLines as fault:
            raise DataInvalid(f"output '{spec.name}', {file.name}: {fault}") from None
        except BadTable as fault:
            raise mismatch(spec, str(fault)) from None
        report = _keep(cells, folder, spec, policy, spec.library)
        if file.name != FILE:
            file.unlink()
        return report

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        """Nothing is read where nothing is to be checked and no value could become another. What
        others wrote, by the option `source`, becomes the canonical file. DataInvalid where that is
        no table."""
        if spec.schema is None:
            return None
        load_engine("pyarrow")
        if "source" in spec.options:
            return _taken_over(folder, spec, policy)
        from wombat.data.shape import shapes

        if policy.check == "none" and not shapes(spec.schema, policy):
            return None
        if policy.on_fail == "quarantine":
            policy = replace(policy, on_fail="error")
        if policy.check in ("none", "types") and (report := self._by_fields(folder, spec, policy)):
            return report
        from wombat.data.cells import Cells

        table = self._table(folder, spec)
        judged = _judged(Cells(table), spec, policy, None)
        if judged.table is not table:
            from wombat.data.parquet import write_parquet

            with replacing(self.source(folder, spec)) as fresh:
                write_parquet(judged.table, fresh)
        return judged.report

    def _by_fields(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        """The report on what the file's footer says; None where values must be read."""
        from wombat.data.parquet import read_fields
        from wombat.data.shape import reshapes
        from wombat.data.validate import judge_fields

        assert spec.schema is not None  # noqa: S101  # nothing is asked without one
        fields, rows = read_fields(self.source(folder, spec), spec.schema)
        if reshapes(fields, spec.schema, policy):
            return None
        return judge_fields(fields, rows, spec.schema, policy).named(spec.name, "")

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        """A path is of a file without the columns that its consumer doesn't take: where there are
        such, the canonical file is written anew."""
        if form == "path":
            return self._projected(folder, spec)
        if form not in FRAMES:
            raise no_form(spec, form, "a DataFrame, a pyarrow Table or a Path")
        engine = load_engine(form.removesuffix("-lazy"))
        frame: Any = engine.from_arrow(self._table(folder, spec), spec.schema)
        return frame.lazy() if form == "polars-lazy" else frame

    def _projected(self, folder: Path, spec: Spec) -> Path:
        file = self.source(folder, spec)
        if spec.schema is None or spec.schema.extra not in (None, "drop"):
            return file
        load_engine("pyarrow")
        from wombat.data.parquet import read_fields, write_parquet

        if read_fields(file)[0].names != read_fields(file, spec.schema)[0].names:
            with replacing(file) as fresh:
                write_parquet(self._table(folder, spec), fresh)
        return file

    def _table(self, folder: Path, spec: Spec) -> pa.Table:
        load_engine("pyarrow")
        from wombat.data.parquet import read_parquet

        return read_parquet(self.source(folder, spec), spec.schema)


def _keep(cells: Cells, folder: Path, spec: Spec, policy: Policy, library: str | None) -> Report:
    """The shaped frame in its file, the rows that are set aside in theirs."""
    from wombat.data.parquet import write_parquet

    if policy.on_fail == "quarantine" and spec.rejects is None:
        policy = replace(policy, on_fail="error")
    judged = _judged(cells, spec, policy, library)
    with replacing(folder / FILE) as fresh:
        write_parquet(judged.table, fresh)
    if spec.told is not None and (judged.report.ok or not cells.unread):
        spec.told(judged.table)
    if judged.rejected is not None and spec.rejects is not None:
        spec.rejects.mkdir(parents=True, exist_ok=True)
        with replacing(spec.rejects / FILE) as fresh:
            write_parquet(judged.rejected, fresh)
    return judged.report


def _taken_over(folder: Path, spec: Spec, policy: Policy) -> Report:
    """Files of others judged; in their place is the canonical one."""
    from wombat.data.cells import BadTable
    from wombat.data.foreign import read_foreign
    from wombat.data.parquet import write_parquet

    assert spec.schema is not None  # noqa: S101  # nothing is asked without one
    if policy.on_fail == "quarantine":
        policy = replace(policy, on_fail="error")
    try:
        cells = read_foreign(folder, spec.path, spec.options["source"], spec.schema)
    except (BadTable, TaskFailed) as fault:
        said = fault.message if isinstance(fault, TaskFailed) else str(fault)
        raise DataInvalid(f"input '{spec.name}': {said}") from None
    judged = _judged(cells, spec, policy, None)
    with replacing(folder / FILE) as fresh:
        write_parquet(judged.table, fresh)
        for other in folder.iterdir():
            if other.is_dir():
                shutil.rmtree(other)
            elif other != fresh:
                other.unlink()
    return judged.report


def _judged(cells: Cells, spec: Spec, policy: Policy, library: str | None) -> Judged:
    from wombat.data.judged_cells import judge_cells
    from wombat.data.validate import Judged

    if spec.schema is None:
        none = Report(spec.name, None, None, "", "none", cells.table.num_rows, 0)
        return Judged(cells.table, none)
    judged = judge_cells(cells, spec.schema, policy, library=library)
    return replace(judged, report=judged.report.named(spec.name, ""))


TYPE: Final[ArtifactType] = Dataframe()
