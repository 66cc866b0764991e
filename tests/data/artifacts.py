"""What tests of artifact types share: specs, findings, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wombat.data.artifacts import Spec, load_type
from wombat.errors import TaskFailed
from wombat.schema.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wombat.data.report import Report

FULL = Policy()
WARN = Policy(on_fail="warn")
NONE = Policy(check="none")
TYPES_ONLY = Policy(check="types")


def spec(kind: str, rejects: Path | None = None, **options: Any) -> Spec:
    return Spec("out", kind, options=options, rejects=rejects)


def written(value: object, folder: Path, one: Spec, policy: Policy = FULL) -> Report | None:
    """The report on a value that a task returned; the same report comes of judging it again."""
    report = load_type(one.type).write(value, folder, one, policy)
    file = load_type(one.type).source(folder, one)
    before = file.read_bytes() if file.is_file() else None
    plain = Spec(one.name, one.type, options={k: v for k, v in one.options.items() if k != "format"}
                 if one.type != "model" else one.options)  # fmt: skip
    load_type(one.type).check(folder, plain, policy)
    assert (file.read_bytes() if file.is_file() else None) == before
    return report


def found(report: Report | None) -> list[tuple[str | None, str]]:
    assert report is not None
    return [(one.column, one.check) for one in report.findings]


def refused(code: str, run: Callable[[], object], *words: str) -> TaskFailed:
    with pytest.raises(TaskFailed) as caught:
        run()
    assert caught.value.code == code
    assert "canary" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)
    return caught.value
