"""A real table judged against a schema in a profile, as a boundary would."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.api.schemas import in_profile, named_schema, policies_of, table_format
from wombat.ci import automated
from wombat.data.report import Report, report_from_json
from wombat.errors import DataInvalid, TaskFailed, UsageFault
from wombat.schema.policy import policy_from_json, resolve_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.api.session import Session

LIBRARIES: Final = ("pandas", "polars", "pyarrow")


@dataclass(frozen=True)
class Tested:
    """The report, and rows that fail with their values where they were asked for."""

    report: Report
    cases: list[dict[str, Any]]


def try_schema(
    session: Session,
    name: str,
    data: str,
    *,
    profile: str = "production",
    taken: bool = False,
    library: str | None = None,
    show: int = 0,
) -> Tested:
    """A file (Parquet, Arrow, CSV, JSON lines) or an artifact against a schema in a profile.

    In a process of its own, since a schema may name code. Rows that quarantine would set aside are
    counted, and kept nowhere; `taken`, as at an input, none are. `show` rows of each finding come
    with their values; UsageFault `values-in-ci` where logs are kept, `unknown-profile` for one that
    nobody named.
    """
    if show and automated():
        raise UsageFault(
            "values are shown on somebody's own machine alone; expected no --show in CI",
            code="values-in-ci",
        )
    named = named_schema(session, name)
    schema = in_profile(session, named.schema, profile)
    here = policies_of(session, replace(named, judged=None))
    policy = here.get(profile) or resolve_policy(profile).to_json()
    if taken and policy["on_fail"] == "quarantine":
        policy = {**policy, "on_fail": "error"}
    with _table(session, data) as (file, form):
        question = {
            "schema": schema.to_json(),
            "policy": policy_from_json(policy).to_json(),
            "file": str(file),
            "format": form,
            "name": data,
            "taken": taken,
            "library": library,
            "show": show,
        }
        return _asked(session.root, question, name, profile)


def _asked(root: Path, question: dict[str, Any], name: str, profile: str) -> Tested:
    from wombat.executor.isolated import ask

    said = ask(root, "wombat.data.testing", question, what=f"testing {name}", timeout=3600.0)
    if fault := said.get("error"):
        kinds = {one.exit_code: one for one in (DataInvalid, UsageFault)}
        kind = kinds.get(fault["exit"], TaskFailed)
        raise kind(fault["message"], code=fault["code"], hint=fault["hint"])
    report = report_from_json(said["report"]).named(str(question["name"]), profile)
    return Tested(report, said["cases"])


@contextmanager
def _table(session: Session, data: str) -> Iterator[tuple[Path, str]]:
    """A table file and its format: one that is there, or an artifact fetched into one."""
    for file in (Path(data), session.root / data):
        if file.is_file():
            form = table_format(file)
            if form is None:
                raise UsageFault(
                    f"'{data}' isn't called like a table; expected .parquet, .arrow, .csv or .jsonl"
                )
            yield file.resolve(), form
            return
    if table_format(Path(data)) is not None:
        raise UsageFault(f"no file '{data}'", code="file-not-found")
    with tempfile.TemporaryDirectory(prefix="wombat-schema-") as folder:
        from wombat.data.parquet import write_parquet

        file = Path(folder, "table.parquet")
        write_parquet(load_table(session, data), file)
        yield file, "parquet"


def load_table(session: Session, address: str) -> Any:
    """An artifact's frame as a canonical Arrow table; UsageFault where it is none."""
    from wombat.api.artifacts import load

    none = UsageFault(f"{address} is no dataframe; expected one")
    try:
        table = load(address, "pyarrow", start=session.root)
    except UsageFault as fault:
        if isinstance(fault.__cause__, TaskFailed):  # of a type that has no such form
            raise none from None
        raise
    if not hasattr(table, "column_names"):
        raise none
    return table
