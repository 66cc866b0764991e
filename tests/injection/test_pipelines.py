"""Every payload in every slot of a pipeline's file: refused at its place, or kept as it is.

What is kept comes back from the plan byte for byte, and no generated file shows any of it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.injection.payloads import PAYLOADS
from tests.injection.reading import TEMPLATE, generated, remarks, shown
from tests.injection.slots import ALL, NAMES, SLOTS, VALUES, Slot
from tests.injection.writing import data, project, write
from wombat.api.project import check
from wombat.cli.entry import run
from wombat.language.label import is_label

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.api.project import Checked

pytestmark = pytest.mark.slow

SETTINGS = "project: shop\ncompute: {large: {cpu: 1}}\n"
SCHEMA = {"schemas/known.yml": "schema: known\ncolumns: {a: int64}\n"}
BY_PIPELINE = {f"p{number:03}": name for number, name in enumerate(PAYLOADS)}
PLAIN = re.compile(r"[\w./@:=,[\]-]+", re.ASCII)
KEPT = [name for name, slot in SLOTS.items() if slot.refused != ALL and slot.seen != "name"]
"""Where a text is kept that is more than a name."""
COMMITTED = ("description", "env", "command", "shell", "foreach, batch", "image", "input artifact")
"""For which the files that teams commit are looked through too: they come from the same jobs."""


@pytest.fixture(params=SLOTS)
def slot(request: pytest.FixtureRequest) -> Slot:
    return SLOTS[request.param]


def made(root: Path, slot: Slot, names: list[str], text: str | None = None) -> Path:
    """A project with a pipeline for each payload of these names, or for one text instead."""
    write(root, SCHEMA)
    pipelines = {
        pipeline: slot.pipeline(pipeline, PAYLOADS[name] if text is None else text)
        for pipeline, name in BY_PIPELINE.items()
        if name in names
    }
    project(root, pipelines, SETTINGS)
    if slot is SLOTS["input file"]:
        data(root, [*PAYLOADS.values(), slot.neutral])
    return root


def kept_in(slot: Slot, root: Path) -> list[str]:
    """The payloads that aren't refused there."""
    bad = refused(check(made(root, slot, list(PAYLOADS)))) if slot.refused is None else slot.refused
    return [name for name in PAYLOADS if name not in bad]


def refused(checked: Checked) -> set[str]:
    """The payloads whose pipeline has an error."""
    errors = [one for one in checked.diagnostics if one.severity == "error"]
    return {BY_PIPELINE[one.place.path[len("pipelines/") : -len(".yml")]] for one in errors}


def test_payloads_are_refused_at_their_line_or_kept(slot, tmp_path, capsys):
    checked = check(made(tmp_path, slot, list(PAYLOADS)))

    bad = refused(checked)
    if slot.refused is not None:
        assert bad == slot.refused
    for pipeline, name in BY_PIPELINE.items():
        if slot.at and name not in bad:
            kept = slot.found(checked.plans[pipeline].to_json())
            assert kept == slot.meant(slot.around(PAYLOADS[name]))
    read = cache(lambda path: (tmp_path / path).read_text().splitlines())
    for one in checked.diagnostics:
        lines = read(one.place.path)
        assert 1 <= one.place.line <= len(lines), one
        assert 1 <= one.place.column <= len(lines[one.place.line - 1]) + 1, one
    says_so(run(["check", "-C", str(tmp_path)]), capsys.readouterr())


def says_so(code: int, said: pytest.CaptureResult[str]) -> None:
    """Exit 10, and words that steer no terminal and forge no line."""
    assert code == 10
    assert "Traceback" not in said.err
    assert {c for c in said.out + said.err if not c.isprintable()} <= {"\n"}
    places = re.findall(r"(?m)^(\S+:\d+:\d+): (?:error|warning)\[", said.err)
    assert all(re.fullmatch(r"pipelines/p\d{3}\.yml:\d+:\d+", place) for place in places)
    assert not re.search(r"(?m)^(ERROR|wombat\.yml|pipelines/a\.yml)", said.err)


@pytest.mark.parametrize("name", KEPT)
def test_generated_files_show_nothing_of_what_is_kept(name, tmp_path):
    slot = SLOTS[name]
    kept = kept_in(slot, tmp_path / "all")
    assert kept
    whole = name in COMMITTED
    files = generated(made(tmp_path / "kept", slot, kept), whole=whole)
    plain = generated(made(tmp_path / "plain", slot, kept, slot.neutral), whole=whole)

    assert sorted(files) == sorted(plain)
    for path, text in files.items():
        assert shown(text, slot.seen) == shown(plain[path], slot.seen), path
        assert [said for said in remarks(text) if not PLAIN.fullmatch(said)] == [], path


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_kept_are_names(name, tmp_path):
    slot = NAMES[name]
    kept = [PAYLOADS[payload] for payload in kept_in(slot, tmp_path)]

    pattern = r"[A-Za-z_]\w*" if "env" in name else r"[a-z][a-z0-9_]*"
    assert all(re.fullmatch(pattern, text, re.ASCII) for text in kept)
    assert len(kept) > 15 or name == "pipeline name"


@pytest.mark.parametrize("name", ["foreach", "foreach, batch"])
def test_labels_of_parts_are_labels(name, tmp_path):
    slot = VALUES[name]
    root = made(tmp_path, slot, kept_in(slot, tmp_path))

    for path, text in generated(root).items():
        found = list(labels(text))
        assert all(map(is_label, found)), path
        assert found or path in ("ci/triggers.yml", TEMPLATE)


def labels(text: str) -> Iterator[str]:
    """The labels in the scripts of a file's jobs."""
    for document in yaml.load_all(text, Loader=yaml.CSafeLoader):
        jobs = [body for body in document.values() if isinstance(body, dict)]
        for line in (line for job in jobs for line in job.get("script", ())):
            yield from re.findall(r"--part=(\S+)", line)


def test_images_are_the_ones_that_were_written(tmp_path):
    slot = SLOTS["image"]
    kept = kept_in(slot, tmp_path / "all")

    child = yaml.load(
        generated(made(tmp_path / "kept", slot, kept))["child.yml"], Loader=yaml.CSafeLoader
    )

    images = {name[:4]: body["image"] for name, body in child.items() if name.endswith("/a")}
    by_pipeline = {pipeline: PAYLOADS[name] for pipeline, name in BY_PIPELINE.items()}
    assert images == {pipeline: by_pipeline[pipeline] for pipeline in images}
    assert len(images) == len(kept) > 40


def test_the_corpus_is_large_and_has_no_text_twice():
    assert len(PAYLOADS) >= 300
    assert len(set(PAYLOADS.values())) == len(PAYLOADS)
