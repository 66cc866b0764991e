"""Folders of parts in lakeFS, as readers of Hive's folders have them, and what `publish` does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import dataset

from tests.lakefs.projects import Look
from wombat.cli.entry import run as wombat
from wombat.projection.layout import EMPTY, step

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lakefs.conftest import Lake

PIPELINE = """\
pipeline: shop
tasks:
  split:
    foreach: {year: ["2025", "2026"], area: [us, "a b/ü=%"]}
    shell: printf '%s %s' "$WOMBAT_PARAM_YEAR" "$WOMBAT_PARAM_AREA" > "$WOMBAT_OUTPUT_NOTE"
    outputs: {note: {type: text}}
"""
VALUES = ["us", "a b", "a/b", "k=v", "50%", "%2F", "..", "ü", "'\"", "#?*:", "\\", "{[^]}", "\t"]


def test_a_step_tells_its_value_to_readers_of_hives_folders() -> None:
    reader = dataset.HivePartitioning(pa.schema([("area", pa.string())]))
    for value in VALUES:
        found = reader.parse(f"/{step('area', value)}/x.parquet")
        assert found.equals(dataset.field("area") == value), value
    nothing = reader.parse(f"/{step('area', '')}/x.parquet")
    assert nothing.equals(dataset.field("area").is_null())
    steps = [step("area", value) for value in (*VALUES, "", EMPTY)]
    assert len({*steps}) == len(steps)
    assert not any("/" in one for one in steps)


@pytest.mark.slow
def test_publish_in_the_trusted_zone_shows_its_run(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root, look = tmp_path / "shop", Look(lake)
    (root / "pipelines").mkdir(parents=True)
    (root / "pipelines" / "shop.yml").write_text(PIPELINE)
    said = f"publish: {{lakefs: {{repository: {lake.repository}}}}}\n"
    (root / "wombat.yml").write_text(f"project: demo\n{said}")
    for name in ("GITLAB_CI", "GITHUB_ACTIONS", "WOMBAT_STORE", "WOMBAT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    at = ("-C", str(root))

    monkeypatch.setenv("WOMBAT_ZONE", "local")
    assert wombat(["run", "shop", *at]) == 0
    assert "note: lakeFS is as it was" in capsys.readouterr().err
    assert not look.listed()

    monkeypatch.setenv("WOMBAT_ZONE", "u")
    monkeypatch.setenv("WOMBAT_RUN", "ours-1")
    assert wombat(["run", "shop", "--no-publish", *at]) == 0
    assert wombat(["publish", "shop", *at]) == 0
    assert "lakefs://" not in capsys.readouterr().out
    assert not look.listed()

    monkeypatch.setenv("WOMBAT_ZONE", "t")
    monkeypatch.setenv("WOMBAT_RUN", "ours-2")
    assert wombat(["run", "shop", "--no-publish", *at]) == 0
    assert wombat(["publish", "shop", *at]) == 0
    out = capsys.readouterr().out
    assert "shop: published as version 1 of main" in out
    place = f"projected shop to lakefs://{lake.repository}/main/shop (4 files, "
    assert place in out
    assert {path: data.decode() for path, data in look.files().items()} == {
        "shop/split/note/area=us/year=2025/data.txt": "2025 us",
        "shop/split/note/area=a%20b%2Fü%3D%25/year=2025/data.txt": "2025 a b/ü=%",
        "shop/split/note/area=us/year=2026/data.txt": "2026 us",
        "shop/split/note/area=a%20b%2Fü%3D%25/year=2026/data.txt": "2026 a b/ü=%",
    }
    record = json.loads(look.read("shop/_wombat.json"))
    assert record["run"] == "ours-2"
    parts = record["outputs"]["split.note"]["parts"]
    assert [one["values"]["area"] for one in parts.values()].count("us") == 2

    assert wombat(["publish", "shop", "--json", *at]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["outcome"], done["lakefs"]["outcome"]) == ("already", "unchanged")

    monkeypatch.setenv("LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY", "wrong-secret")
    assert wombat(["publish", "shop", *at]) == 13
    both = capsys.readouterr()
    assert "shop: published already" in both.out
    assert "error[lakefs-credentials]" in both.err
    assert "wrong-secret" not in both.err + both.out
