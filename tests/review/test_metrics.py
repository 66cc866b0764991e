"""Metrics: OpenMetrics text by its own grammar, and as GitLab splits it."""

from __future__ import annotations

import re
import shlex

from hypothesis import given
from hypothesis import strategies as st

from wombat.executor.outcome import TaskReport
from wombat.review.metrics import FAMILIES, as_metrics

VALUE = r'(?:[^"\\\n]|\\[\\n"])*'
LABELS = rf'[a-z_]+="{VALUE}"(?:,[a-z_]+="{VALUE}")*'
SAMPLE = re.compile(rf"([a-z_]+)\{{({LABELS})\}} (-?[0-9.]+(?:e[+-]?[0-9]+)?)")
LABEL = re.compile(rf'([a-z_]+)="({VALUE})"')
ESCAPED = {"\\\\": "\\", "\\n": "\n", '\\"': '"'}


def samples(text):
    """Every sample by family and labels; an error where the text is no OpenMetrics."""
    *lines, last, end = text.split("\n")
    assert (last, end) == ("# EOF", "")
    found, family, seen = {}, "", []
    for line in lines:
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert kind == "gauge"
            assert family not in seen
            seen.append(family)
        elif not line.startswith("# "):
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample[1] == family
            key = (family, tuple((n, unescaped(v)) for n, v in LABEL.findall(sample[2])))
            assert key not in found
            found[key] = float(sample[3])
    assert set(seen) <= set(FAMILIES)
    return found


def unescaped(text):
    return re.sub(r'\\[\\n"]', lambda one: ESCAPED[one[0]], text)


def made(**words):
    known = {"pipeline": "shop", "task": "clean", "part": None, "run": "r", "profile": "p"}
    known |= {"state": "done", "seconds": 1.25, "checks": (), "outputs": ()}
    return TaskReport(**(known | words))


def checked(side, name, *severities):
    return {"side": side, "artifact": name, "findings": [{"severity": s} for s in severities]}


def test_what_an_attempt_is_measured_by():
    outputs = (("rows", {"stats": {"rows": 12, "bytes": 3456}}), ("page", {"stats": {"bytes": 7}}))
    checks = (checked("input", "raw", "error", "warn"), checked("input", "raw", "error"))
    found = samples(as_metrics([made(part="us", outputs=outputs, checks=checks)]))
    task = (("pipeline", "shop"), ("task", "clean"), ("part", "us"))
    assert found == {
        ("wombat_task_seconds", task): 1.25,
        ("wombat_output_rows", (*task, ("output", "rows"))): 12,
        ("wombat_output_bytes", (*task, ("output", "rows"))): 3456,
        ("wombat_output_bytes", (*task, ("output", "page"))): 7,
        ("wombat_findings", (*task, ("input", "raw"), ("severity", "error"))): 2,
        ("wombat_findings", (*task, ("input", "raw"), ("severity", "warn"))): 1,
    }


def test_nulls_rows_set_aside_and_failing_rows():
    columns = {"a": {"nulls": 1}, "b": {"nulls": 0}, "c": {}}
    outputs = (
        ("rows", {"stats": {"rows": 3, "columns": columns}}),
        ("none", {"stats": {"rows": 0, "columns": {"a": {"nulls": 0}}}}),
    )
    few = {"severity": "warn", "column": "a", "check": "min", "message": "", "failing": 2,
           "checked": 9}  # fmt: skip
    keys = {**few, "column": None, "check": "key", "message": "key (a, b) isn't unique"}
    mistyped = {**few, "check": "type", "failing": 0, "checked": 0}
    made_ = {"side": "output", "artifact": "rows", "findings": [few, keys, mistyped], "rejected": 4}
    taken = {"side": "input", "artifact": "raw", "findings": [few]}
    found = samples(as_metrics([made(outputs=outputs, checks=(made_, taken, taken))]))
    task = (("pipeline", "shop"), ("task", "clean"))
    assert {key: value for key, value in found.items() if key[0] not in (
        "wombat_task_seconds", "wombat_output_rows", "wombat_findings",
    )} == {
        ("wombat_output_null_rate", (*task, ("output", "rows"), ("column", "a"))): 0.3333,
        ("wombat_output_null_rate", (*task, ("output", "rows"), ("column", "b"))): 0,
        ("wombat_rejected_rows", (*task, ("output", "rows"))): 4,
        ("wombat_failing_rows", (*task, ("output", "rows"), ("check", "a.min"))): 2,
        ("wombat_failing_rows", (*task, ("output", "rows"), ("check", "key(a, b)"))): 2,
        ("wombat_failing_rows", (*task, ("input", "raw"), ("check", "a.min"))): 4,
    }  # fmt: skip


def test_gitlab_splits_names_from_values_at_blanks():
    text = as_metrics([made(part="eu,a.b", outputs=(("rows", {"stats": {"rows": 0}}),))])
    for line in text.splitlines():
        words = shlex.split(re.sub(r"#.*$", "", line))
        assert len(words) in (0, 2), line
        assert not words or float(words[1]) >= 0


def test_nothing_is_a_file_too():
    assert as_metrics([]) == "# EOF\n"


@given(st.text(max_size=20), st.text(max_size=20), st.floats(0, 1e12), st.integers(0, 2**60))
def test_any_text_in_a_label_comes_back(artifact, output, seconds, rows):
    report = made(
        seconds=seconds,
        outputs=((output, {"stats": {"rows": rows}}),),
        checks=(checked("input", artifact, "warn"),),
    )
    labels = {value for key in samples(as_metrics([report])) for name, value in key[1]}
    safe = {text.encode("utf-8", "replace").decode() for text in (artifact, output)}
    assert safe <= labels
