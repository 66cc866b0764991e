"""What another profile made is judged anew as it is kept, in whatever form its task wrote it."""

from __future__ import annotations

import pytest

from wombat.api.runs import run_pipeline
from wombat.cli.display import finished

WRITES = {
    "latin": ("text, encoding: latin-1", r"printf 'caf\351\n' > $OUT"),
    "windows": ("text, encoding: windows-1252", r"printf '\200 5\n' > $OUT"),
    "utf16": ("text, encoding: utf-16", r"printf '\377\376a\000' > $OUT"),
    "sized": ("text, min_size: 1B", "echo text > $OUT"),
    "csv": ("dataframe, schema: rows, format: csv, dialect: {delimiter: ';', decimal: ','}",
            r"printf 'n;x\n1;0,5\n' > $OUT"),
    "jsonl": ("dataframe, schema: rows, format: jsonl", """echo '{"n": 1, "x": 0.5}' > $OUT"""),
    "records": ("records, format: jsonl.gz, json_schema: row.json",
                """echo '{"n": 1}' | gzip > $OUT"""),
    "json": ("json, json_schema: row.json", """echo '{ "n":1 }' > $OUT"""),
    "metrics": ("metrics, ranges: {auc: {min: 0}}", """echo '{"auc": 1}' > $OUT"""),
    "tensors": ("tensors, format: npz, extra: allow, tensors: {w: {dtype: float64}}",
                """python -c "import numpy, sys; numpy.savez(sys.argv[1], w=[1.0])" $OUT"""),
    "array": ("array, dtype: float64",
              """python -c "import numpy, sys; numpy.save(sys.argv[1], numpy.ones(2))" $OUT"""),
    "folder": ("directory, files: {a.txt: {}}", "mkdir -p $OUT; echo a > $OUT/a.txt"),
    "file": ("file, path: a.txt, min_size: 1B", "echo a > $OUT"),
}  # fmt: skip
ROWS = "schema: rows\ncolumns: {n: int64, x: float64}\n"
LOG = 'echo "$WOMBAT_TASK" >> "{log}"'


def task(name, kind, script, log):
    shell = f"{LOG.format(log=log)}; {script.replace('$OUT', '$WOMBAT_OUTPUT_OUT')}"
    return f"  {name}:\n    shell: |\n      {shell}\n    outputs: {{out: {{type: {kind}}}}}\n"


@pytest.mark.slow
def test_each_type_is_judged_as_it_is_kept(tmp_path, monkeypatch):
    root, log = tmp_path / "project", tmp_path / "log"
    for folder in ("pipelines", "schemas"):
        (root / folder).mkdir(parents=True)
    (root / "wombat.yml").write_text("project: shop\n")
    (root / "schemas" / "rows.yml").write_text(ROWS)
    (root / "row.json").write_text('{"properties": {"n": {"minimum": 1}}}')
    tasks = "".join(task(name, *words, log) for name, words in WRITES.items())
    (root / "pipelines" / "p.yml").write_text(f"pipeline: p\ntasks:\n{tasks}")
    monkeypatch.setenv("WOMBAT_STORE", str(tmp_path / "store"))
    first = run_pipeline(root, "p", jobs=1, profile="development")
    assert first.error is None
    assert len(log.read_text().split()) == len(WRITES)
    log.unlink()
    again = run_pipeline(root, "p", jobs=1, profile="production", keep_going=True)
    assert again.error is None
    assert not log.exists()
    made = [{task: one.record["outputs"]["out"]["C"] for (task, _), one in run.done.items()}
            for run in (first, again)]  # fmt: skip
    assert made[0] == made[1]
    judged = {task for (task, _), one in again.done.items() if "report" in one.record}
    assert judged == set(WRITES)
    told = [finished(f"p/{task}", None, one) for (task, _), one in again.done.items()]
    assert all(
        ": checked anew in " in one and f", made in run {first.run}, " in one for one in told
    )
