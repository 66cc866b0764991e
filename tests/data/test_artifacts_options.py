"""What json, metrics, text, files and directories are asked, and what fails it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.data.artifacts import FULL, NONE, TYPES_ONLY, WARN, found, refused, spec, written
from wombat.data.artifacts import Spec, load_type
from wombat.language.globs import compiled

SCHEMA = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer", "minimum": 0},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
    },
    "additionalProperties": False,
}


def asked_json(schema) -> Spec:
    return spec("json", json_schema={"path": "schemas/result.json", "schema": schema})


@pytest.mark.parametrize(
    ("value", "failing"),
    [
        ({"name": "x"}, []),
        ({"name": "x", "age": 0, "tags": ["a", "b", "a"]}, []),
        ({}, [(None, "required")]),
        ({"name": 1}, [("name", "type")]),
        (
            {"name": "x", "age": -1, "tags": ["canary", "c"]},
            [("age", "minimum"), ("tags[]", "enum")],
        ),
        ({"name": "x", "canary": 1}, [(None, "additionalProperties")]),
        ([], [(None, "type")]),
        ({"name": "x", "age": 10**40}, []),
    ],
)
def test_json_against_its_schema(value, failing, tmp_path):
    report = written(value, tmp_path, asked_json(SCHEMA))
    assert sorted(found(report), key=str) == sorted(failing, key=str)
    assert (report.ok, report.passed) == (not failing, not failing)
    assert (report.schema, report.depth) == ("schemas/result.json", "full")
    assert "canary" not in str(report)
    assert load_type("json").accept(tmp_path, asked_json(SCHEMA), FULL) == report


def test_json_that_is_too_deep_fails_and_a_false_schema_takes_nothing(tmp_path):
    deep: list = []
    for _ in range(400):
        deep = [deep]
    recursive = {"$defs": {"x": {"items": {"$ref": "#/$defs/x"}}}, "$ref": "#/$defs/x"}
    assert written(deep, tmp_path, asked_json(recursive)) is not None
    assert found(written(1, tmp_path, asked_json(False))) == [(None, "false")]


def test_formats_are_annotations(tmp_path):
    assert written("no date", tmp_path, asked_json({"format": "date"})).ok


def test_policies_hold_for_every_type(tmp_path):
    one = asked_json(SCHEMA)
    soft = written({}, tmp_path, one, WARN)
    assert (soft.ok, soft.passed) == (True, False)
    assert [each.severity for each in soft.findings] == ["warn"]
    for policy, depth in ((NONE, "none"), (TYPES_ONLY, "types")):
        report = written({}, tmp_path, one, policy)
        assert (report.depth, report.findings) == (depth, ())


def test_the_stamp_is_of_what_is_asked(tmp_path):
    digests = {
        written({"name": "x"}, tmp_path, asked_json(schema)).schema_digest
        for schema in (SCHEMA, {**SCHEMA, "required": []}, SCHEMA)
    }
    assert len(digests) == 2


def test_metrics_are_flat_numbers(tmp_path):
    value = {"auc": np.float64(0.75), "loss": {"train": 1, "test": np.int8(2)}, "n": {}}
    written(value, tmp_path, spec("metrics"))
    assert (tmp_path / "data.json").read_bytes() == b'{"auc":0.75,"loss.test":2,"loss.train":1}'
    assert load_type("metrics").read(tmp_path, "json", spec("metrics"))["loss.train"] == 1
    refused("input-form", lambda: load_type("metrics").read(tmp_path, "pandas", spec("metrics")))


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"a": "canary"},
        {"a": True},
        {"a": math.nan},
        {"a": np.float32("inf")},
        {"a": None},
        {1: 2},
        {"": 1},
        {"a\n": 1},
        {"a": {"b": 1}, "a.b": 2},
        {"a" * 201: 1},
        {f"m{n}": n for n in range(10_001)},
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_metric(value, tmp_path):
    refused("return-mismatch", lambda: written(value, tmp_path, spec("metrics")))


@pytest.mark.parametrize(
    ("ranges", "failing"),
    [
        ({"auc": {"min": 0.5, "max": 1}}, []),
        ({"auc": {"min": 0.75, "max": 0.75}}, []),
        ({"auc": {"min": 0.76}}, [("auc", "min")]),
        ({"auc": {"max": 0.74}}, [("auc", "max")]),
        ({"f1": {"min": 0}}, [("f1", "missing")]),
        ({"f1": {"min": 0, "required": False}}, []),
        ({"loss.test": {"max": 1}}, [("loss.test", "max")]),
    ],
)
def test_metrics_and_their_ranges(ranges, failing, tmp_path):
    one = spec("metrics", ranges=ranges)
    report = written({"auc": 0.75, "loss": {"test": 2}}, tmp_path, one)
    assert found(report) == failing
    assert load_type("metrics").accept(tmp_path, one, FULL) == report
    kinds = [check for _, check in found(written({"auc": 0.75}, tmp_path, one, TYPES_ONLY))]
    assert set(kinds) <= {"missing"}


def test_a_metric_says_its_value(tmp_path):
    report = written({"auc": 0.41}, tmp_path, spec("metrics", ranges={"auc": {"min": 0.5}}))
    assert report.findings[0].message == "'auc' is 0.41; expected at least 0.5"


@pytest.mark.parametrize("data", [b"[1]", b'{"a": "x"}', b"{", b'{"a": true}'])
def test_stored_metrics_that_are_none(data, tmp_path):
    (tmp_path / "data.json").write_bytes(data)
    one = spec("metrics", ranges={"a": {}})
    refused("input-unreadable", lambda: load_type("metrics").read(tmp_path, "json", one))
    refused("input-unreadable", lambda: load_type("metrics").accept(tmp_path, one, FULL))


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-16", "größer 👩\n".encode("utf-16")),
        ("latin-1", "größer\n".encode("latin-1")),
        ("windows-1252", "größer €\n".encode("cp1252")),
        ("ascii", b"plain\n"),
        ("utf-8", "größer\n".encode()),
    ],
)
def test_text_is_kept_in_utf_8(encoding, data, tmp_path):
    (tmp_path / "data.txt").write_bytes(data)
    load_type("text").check(tmp_path, spec("text", encoding=encoding), FULL)
    assert (tmp_path / "data.txt").read_bytes() == data.decode(encoding).encode()


@pytest.mark.parametrize(
    ("encoding", "data"),
    [("ascii", b"\xe4"), ("utf-16", b"\xff\xfea"), ("utf-8", b"\xc3"), ("windows-1252", b"\x81")],
)
def test_text_in_another_encoding_is_refused_and_left(encoding, data, tmp_path):
    (tmp_path / "data.txt").write_bytes(data)
    one = spec("text", encoding=encoding)
    refused("return-mismatch", lambda: load_type("text").check(tmp_path, one, FULL))
    assert [path.name for path in tmp_path.iterdir()] == ["data.txt"]


def test_text_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("wombat.data.artifacts.text.BLOCK", 1)
    (tmp_path / "data.txt").write_bytes("ä👩".encode("utf-16"))
    load_type("text").check(tmp_path, spec("text", encoding="utf-16"), FULL)
    assert (tmp_path / "data.txt").read_text("utf-8") == "ä👩"


@pytest.mark.parametrize("kind", ["text", "file"])
def test_sizes(kind, tmp_path):
    for size, failing in [(3, [(None, "min_size")]), (4, []), (6, []), (7, [(None, "max_size")])]:
        report = written("x" * size, tmp_path, spec(kind, min_size=4, max_size=6))
        assert (found(report), report.depth) == (failing, "full")
        assert found(written("x" * size, tmp_path, spec(kind, min_size=4, max_size=6), NONE)) == []
    assert written("x", tmp_path, spec(kind)) is None


MEDIA = {
    "png": b"\x89PNG\r\n\x1a\n....",
    "jpeg": b"\xff\xd8\xff\xe0..JFIF",
    "gif": b"GIF89a....",
    "webp": b"RIFF....WEBPVP8 ",
    "pdf": b"%PDF-1.7\n",
    "zip": b"PK\x03\x04....",
    "gzip": b"\x1f\x8b\x08....",
    "sqlite": b"SQLite format 3\0",
    "parquet": b"PAR1....",
    "hdf5": b"\x89HDF\r\n\x1a\n",
}


@pytest.mark.parametrize("kind", MEDIA)
def test_a_file_begins_as_its_kind_does(kind, tmp_path):
    for other, data in MEDIA.items():
        report = written(data, tmp_path, spec("file", media=kind))
        assert found(report) == ([] if other == kind else [(None, "media")])
    assert found(written(b"", tmp_path, spec("file", media=kind))) == [(None, "media")]


def test_every_kind_of_file_can_be_told():
    from typing import get_args

    from wombat.language.outputs import Media

    assert set(get_args(Media)) == set(MEDIA)


def folder_of(tmp_path, *names):
    for name in names:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * 10)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "failing"),
    [
        ({"files": {"images/*.png": {"min": 2, "max": 2}}}, []),
        ({"files": {"*.png": {"min": 1}}}, [("*.png", "min")]),
        ({"files": {"**/*.png": {"max": 2}}}, [("**/*.png", "max")]),
        ({"files": {"**/*.png": {"max_size": 9}}}, [("**/*.png", "max_size")]),
        ({"files": {"**/*.png": {"min_size": 10}}}, []),
        ({"files": {"**/*.png": {}}, "extra": "forbid"}, [(None, "extra")]),
        ({"files": {"**/*.png": {}, "*.txt": {}}, "extra": "forbid"}, []),
        ({"max_size": 39}, [(None, "max_size")]),
        ({"min_size": 40, "max_size": 40}, []),
    ],
)
def test_what_a_directory_holds(options, failing, tmp_path):
    names = ("images/a.png", "images/b.png", "images/more/c.png", "notes.txt")
    one = spec("directory", **options)
    report = written(folder_of(tmp_path, *names), tmp_path, one)
    assert found(report) == failing
    assert load_type("directory").accept(tmp_path, one, FULL) == report


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("*", ["a", "a.b"], ["a/b"]),
        ("*.png", ["a.png", ".png"], ["a/b.png", "aXpng", "a.png\n"]),
        ("**/*.png", ["a.png", "x/a.png", "x/y/a.png"], ["a.pn", "x/a.png/b"]),
        ("a/**", ["a/b", "a/b/c"], ["b", "ab"]),
        ("a?c", ["abc"], ["ac", "a/c", "abbc"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]),
        ("a**b", ["ab", "axb"], ["a/b"]),
        ("[x]+", ["[x]+"], ["x", "xx"]),
    ],
)
def test_patterns_of_paths(pattern, fits, fits_not):
    assert all(compiled(pattern).fullmatch(path) for path in fits)
    assert not any(compiled(pattern).fullmatch(path) for path in fits_not)
