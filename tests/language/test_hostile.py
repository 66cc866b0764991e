"""Files that want to hurt: an error at its place, exit 10, soon, and no traceback."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

import pytest

from wombat.cli.entry import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = b'pipeline: p\ntasks:\n  a: {command: ["true"]}\n'
DEEP_ALIASES = b"".join(
    b"    a%d: &a%d %s*a%d%s\n" % (n, n, b"[" * 40, n - 1, b"]" * 40) for n in range(1, 70)
)
BOMB = b"".join(
    b"b%d: &b%d [%s]\n" % (n, n, b",".join([b"*b%d" % (n - 1)] * 9)) for n in range(1, 9)
)

# By name: the file, the place of its error, and its code.
HOSTILE: dict[str, tuple[bytes, str, str]] = {
    "brackets": (b"[" * 100_000, "1:65", "yaml-too-deep"),
    "braces": (b"{" * 100_000, "1:2", "yaml-key"),
    "flow maps": (b"{a: " * 100_000, "1:257", "yaml-too-deep"),
    "dashes": (b"- " * 100_000, "1:129", "yaml-too-deep"),
    "alias bomb": (b"b0: &b0 [x,x,x,x,x,x,x,x,x]\n" + BOMB, "6:10", "yaml-alias"),
    "deep aliases": (GOOD + b"params:\n    a0: &a0 [x]\n" + DEEP_ALIASES, "7:53", "yaml-too-deep"),
    "recursive alias": (b"a: &a [*a]\n", "1:8", "yaml-alias"),
    "merges": (b"a: &a {x: 1}\n" + b"b: {<<: *a}\n" * 5_000, "2:5", "yaml-merge"),
    "duplicate keys": (b"pipeline: p\n" * 20_000, "2:1", "yaml-duplicate-key"),
    "tag": (b"pipeline: !!python/object/apply:os.system [ls]\n", "1:11", "yaml-tag"),
    "empty": (b"", "1:1", "file-empty"),
    "comment only": (b"# nothing\n", "1:1", "file-empty"),
    "null document": (b"---\n", "2:1", "wrong-type"),
    "latin-1": (b"pipeline: p\nowner: Gr\xe4fin\n", "2:10", "yaml-encoding"),
    "utf-16": (GOOD.decode().encode("utf-16"), "1:1", "yaml-encoding"),
    "nul": (b"pipeline: p\nowner: a\0b\n", "2:9", "yaml-control"),
    "escape": (b"pipeline: p\nowner: \x1b[31mred\n", "2:8", "yaml-control"),
    "noncharacter": (b"pipeline: p\nowner: \xef\xbf\xbf\n", "2:8", "yaml-control"),
    "c1": (b"pipeline: p\nowner: \xc2\x81\n", "2:8", "yaml-control"),
    "line separator": (b"pipeline: p # \xe2\x80\xa8\n", "1:15", "yaml-control"),
    "bom inside": (b"pipeline: \xef\xbb\xbfp\n", "1:11", "yaml-control"),
    "big scalar": (b"pipeline: " + b"x" * 3_000_000, "1:11", "yaml-too-large"),
    "big file": (GOOD + b"# x\n" * 5_000_000, "1:1", "yaml-too-large"),
    "huge key": (GOOD + b"? " + b"k" * 900_000 + b"\n: 1\n", "4:3", "unknown-key"),
    "many keys": (b"".join(b"k%d: 1\n" % n for n in range(20_000)), "48:1", "unknown-key"),
    "unclosed quote": (b'pipeline: "p\n' + b"x\n" * 20_000, "1:11", "yaml-syntax"),
    "many documents": (b"---\n" + (GOOD + b"---\n") * 1_500, "6:1", "file-documents"),
    "binary": (bytes(range(256)) * 100, "3:115", "yaml-encoding"),
    "huge number": (
        GOOD[:-2] + b", timeout: " + b"9" * 9_000 + b"m}\n",
        "3:35",
        "invalid-duration",
    ),
    "list as key": (GOOD + b"? [a]\n: 1\n", "4:3", "yaml-key"),
    "not text": (b"42\n", "1:1", "wrong-type"),
}


def checked(root: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, float]:
    began = time.process_time()
    code = run(["check", "-C", str(root)])
    took = time.process_time() - began
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert "\x1b" not in said.err
    return code, said.err, took


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Imports are not what is timed here."""
    root = tmp_path_factory.mktemp("warm")
    (root / "pipelines").mkdir()
    (root / "pipelines" / "p.yml").write_bytes(GOOD)
    assert run(["check", "-C", str(root)]) == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pipeline(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, place, code = HOSTILE[name]
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "p.yml").write_bytes(data)
    exit_code, said, took = checked(tmp_path, capsys)
    assert exit_code == 10
    assert f"pipelines/p.yml:{place}: error[{code}]: " in said
    assert len(said) < 30_000
    assert took < 3.0


@pytest.mark.parametrize("name", [n for n in HOSTILE if n not in ("empty", "comment only")])
def test_the_same_as_a_schema_and_as_wombat_yml(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in ("schemas/p.yml", "wombat.yml"):
        root = tmp_path / path.replace("/", "-")
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "pipelines").mkdir()
        (root / "pipelines" / "p.yml").write_bytes(GOOD)
        (root / path).write_bytes(HOSTILE[name][0])
        exit_code, said, took = checked(root, capsys)
        assert exit_code == 10
        assert re.search(rf"^{path}:\d+:\d+: error\[", said, re.MULTILINE)
        assert took < 3.0


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf" + GOOD, GOOD.replace(b"\n", b"\r\n")])
def test_byte_order_mark_and_windows_lines_are_fine(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "p.yml").write_bytes(data)
    assert checked(tmp_path, capsys)[0] == 0


def folder(file: Path) -> None:
    file.mkdir()


def pipe(file: Path) -> None:
    os.mkfifo(file)


def broken_link(file: Path) -> None:
    file.symlink_to("nowhere.yml")


def endless_link(file: Path) -> None:
    file.symlink_to(file.name)


def device(file: Path) -> None:
    file.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [folder, pipe, broken_link, endless_link, device])
@pytest.mark.parametrize("path", ["pipelines/x.yml", "schemas/x.yml"])
def test_what_is_no_file(
    make: Callable[[Path], None], path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "schemas").mkdir()
    (tmp_path / "pipelines" / "p.yml").write_bytes(GOOD)
    make(tmp_path / path)
    exit_code, said, took = checked(tmp_path, capsys)
    assert exit_code == 10
    assert f"{path}:1:1: error[file-unreadable]: can't be read: " in said
    assert took < 3.0


LONG = "x" * 5_000
VALUES: dict[str, tuple[bytes, str]] = {
    "long file name": (b"a: {shell: x, inputs: {f: {file: %s}}}" % LONG.encode(), "invalid-path"),
    "long module": (b"a: {run: '%s:f'}" % LONG.encode(), "unknown-module"),
    "nul in a file": (b'a: {shell: x, inputs: {f: {file: "a\\0b"}}}', "invalid-path"),
    "steering text": (b'a: {run: "\\e[2J\\nerror"}', "invalid-function"),
    "long reference": (b"a: {shell: x, needs: [%s]}" % LONG.encode(), "unknown-reference"),
    "long schema": (b"a: {shell: x, outputs: {o: %s}}" % LONG.encode(), "unknown-schema"),
    "long artifact": (
        b"a: {shell: x, inputs: {f: {artifact: '%s/'}}}" % LONG.encode(),
        "invalid-address",
    ),
    "many values": (
        b"a: {shell: x, foreach: {k: [%s]}}" % b",".join(b"v%d" % n for n in range(50_000)),
        "foreach-size",
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_hostile_value(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    task, code = VALUES[name]
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "p.yml").write_bytes(b"pipeline: p\ntasks:\n  " + task + b"\n")
    exit_code, said, took = checked(tmp_path, capsys)
    assert exit_code == 10
    assert re.search(rf"^pipelines/p.yml:3:\d+: error\[{code}\]: ", said, re.MULTILINE)
    assert took < 3.0


def test_a_cron_of_many_digits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pipelines").mkdir()
    text = GOOD + b'schedule: {cron: "*/' + b"9" * 5_000 + b' * * * *"}\n'
    (tmp_path / "pipelines" / "p.yml").write_bytes(text)
    exit_code, said, _ = checked(tmp_path, capsys)
    assert exit_code == 10
    assert "pipelines/p.yml:4:18: error[invalid-cron]: " in said


def test_thousands_of_wrong_names_take_no_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pipelines").mkdir()
    tasks = b"".join(b"  task%d: {shell: x, needs: [tusk%d]}\n" % (n, n) for n in range(2_000))
    (tmp_path / "pipelines" / "p.yml").write_bytes(b"pipeline: p\ntasks:\n" + tasks)
    exit_code, _, took = checked(tmp_path, capsys)
    assert exit_code == 10
    assert took < 5.0
