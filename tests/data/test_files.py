"""Outputs that tasks write by themselves: links, special files and strangers are refused."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import polars as pl
import pytest

from wombat.data.artifacts import Spec, load_type
from wombat.errors import TaskFailed
from wombat.schema.policy import Policy

if TYPE_CHECKING:
    from pathlib import Path

FULL = Policy()
SINGLE = ["dataframe", "json", "text", "file"]
ALL = [*SINGLE, "directory"]
JSON = b'{ "b": 1,  "a": 2 }'


def spec(kind: str) -> Spec:
    return Spec("out", kind, path="a.bin" if kind == "file" else None)


def folder_of(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def good(kind: str, file: Path) -> None:
    """A file that the type accepts and, where it has canonical bytes, would write anew."""
    if kind == "dataframe":
        pl.DataFrame({"a": [1]}).write_parquet(file, compression="snappy")
    else:
        file.write_bytes(JSON)


def refused(kind: str, folder: Path, said: str) -> None:
    with pytest.raises(TaskFailed) as caught:
        load_type(kind).check(folder, spec(kind), FULL)
    assert caught.value.code == "return-mismatch"
    assert said in str(caught.value)


@pytest.mark.parametrize("kind", SINGLE)
def test_a_link_is_refused_and_what_it_leads_to_is_left_alone(kind, tmp_path):
    folder, mine = folder_of(tmp_path), tmp_path / "mine"
    good(kind, mine)
    before = mine.read_bytes()
    load_type(kind).target(folder, spec(kind)).symlink_to(mine)
    refused(kind, folder, "is a link; expected a file")
    assert mine.read_bytes() == before


@pytest.mark.parametrize("kind", SINGLE)
def test_a_hard_link_leaves_the_other_name_its_bytes(kind, tmp_path):
    folder, mine = folder_of(tmp_path), tmp_path / "mine"
    good(kind, mine)
    before = mine.read_bytes()
    target = load_type(kind).target(folder, spec(kind))
    target.hardlink_to(mine)
    load_type(kind).check(folder, spec(kind), FULL)
    assert mine.read_bytes() == before
    assert kind not in ("json", "dataframe") or target.read_bytes() != before


@pytest.mark.parametrize("kind", ALL)
def test_a_link_in_place_of_the_folder(kind, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target = load_type(kind).target(elsewhere, spec(kind))
    good(kind, elsewhere / "x" if kind == "directory" else target)
    before = {file.name: file.read_bytes() for file in elsewhere.iterdir()}
    (tmp_path / "out").symlink_to(elsewhere)
    refused(kind, tmp_path / "out", "the output's folder' is a link; expected a folder")
    assert {file.name: file.read_bytes() for file in elsewhere.iterdir()} == before


@pytest.mark.parametrize("kind", SINGLE)
@pytest.mark.parametrize(("make", "said"), [(os.mkfifo, "a pipe"), (os.mkdir, "a folder")])
def test_a_pipe_or_folder_in_place_of_the_file(kind, make, said, tmp_path):
    folder = folder_of(tmp_path)
    make(load_type(kind).target(folder, spec(kind)))
    refused(kind, folder, f"is {said}; expected a file")


@pytest.mark.parametrize("kind", SINGLE)
@pytest.mark.parametrize("other", ["notes.txt", "deep/notes.txt", "deep/link"])
def test_a_file_beside_the_output_is_refused(kind, other, tmp_path):
    folder = folder_of(tmp_path)
    good(kind, load_type(kind).target(folder, spec(kind)))
    (folder / other).parent.mkdir(exist_ok=True)
    if other.endswith("link"):
        (folder / other).symlink_to(tmp_path)
    else:
        (folder / other).touch()
    refused(kind, folder, f"'{other}' was written beside")


@pytest.mark.parametrize(
    ("kind", "value"), [("json", [1]), ("text", "x"), ("file", b"x"), ("file", "x")]
)
def test_a_returned_value_never_goes_through_a_link(kind, value, tmp_path):
    folder, mine = folder_of(tmp_path), tmp_path / "mine"
    mine.write_bytes(b"mine")
    target = load_type(kind).target(folder, spec(kind))
    target.symlink_to(mine)
    load_type(kind).write(value, folder, spec(kind), FULL)
    assert mine.read_bytes() == b"mine"
    assert not target.is_symlink()


def test_a_returned_folder_never_goes_through_a_link(tmp_path):
    folder, made, mine = folder_of(tmp_path), tmp_path / "made", tmp_path / "mine"
    made.mkdir()
    (made / "a").write_bytes(b"new")
    mine.write_bytes(b"mine")
    (folder / "a").hardlink_to(mine)
    load_type("directory").write(made, folder, spec("directory"), FULL)
    assert (mine.read_bytes(), (folder / "a").read_bytes()) == (b"mine", b"new")


@pytest.mark.parametrize("kind", ["text", "file"])
def test_half_a_character_is_no_text(kind, tmp_path):
    with pytest.raises(TaskFailed) as caught:
        load_type(kind).write("\ud800", folder_of(tmp_path), spec(kind), FULL)
    assert caught.value.code == "return-mismatch"


def test_objects_come_back_with_their_keys_sorted(tmp_path):
    load_type("json").write({"b": 1, "a": 2}, tmp_path, spec("json"), FULL)
    assert list(load_type("json").read(tmp_path, "json", spec("json"))) == ["a", "b"]
