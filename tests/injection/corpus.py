"""One project in which every payload is put wherever it can stand, and each task says what came."""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from tests.injection.payloads import HALF, NUL, PAYLOADS
from tests.injection.writing import data, quoted, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAMES: Final = {name: f"p{number:03}" for number, name in enumerate(PAYLOADS)}
TEXTS: Final = {NAMES[n]: text for n, text in PAYLOADS.items() if n not in HALF}
WORDS: Final = {NAMES[n]: text for n, text in PAYLOADS.items() if n not in HALF | NUL}
BATCH: Final = 20
END: Final = "WOMBAT_END_OF_TEXT"

TOOLS: Final = '''\
"""Says what came: digests by name. `python tools.py argv OUT NAME VALUE …` is for commands."""

import hashlib
import json
import os
import sys
from pathlib import Path


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def python(**given: str) -> dict:
    return {name: digest(value.encode()) for name, value in given.items()}


def nested(given: dict) -> dict:
    keys = {name: digest(inner["key"].encode()) for name, inner in given.items()}
    return {name: [keys[name], *map(digest, map(str.encode, inner["list"]))]
            for name, inner in given.items()}


def part(k: str) -> dict:
    return {"value": digest(k.encode()), "part": os.environ["WOMBAT_PART"]}


def parts(values: dict) -> dict:
    return values


def named(**given: Path) -> dict:
    return {name: [digest(os.fsencode(path.name)), digest(path.read_bytes())]
            for name, path in given.items()}


def make(names: dict) -> dict:
    return {name: text.encode() for name, text in names.items()}


def of_environment(out: str, prefix: str) -> None:
    found = {
        os.fsdecode(name)[len(prefix) :].lower(): digest(value)
        for name, value in os.environb.items()
        if name.startswith(prefix.encode())
    }
    Path(out).write_text(json.dumps(found))


def of_argv(out: str, *words: str) -> None:
    pairs = zip(words[::2], words[1::2], strict=True)
    found = {}
    for name, value in pairs:
        found.setdefault(name, []).append(digest(os.fsencode(value)))
    Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    {"argv": of_argv, "environment": of_environment}[sys.argv[1]](*sys.argv[2:])
'''


def pipeline(files: Mapping[str, str]) -> str:
    """The pipeline's file. `files` are the paths below `data/` by input name."""
    given = ", ".join(f"{name}: $params.{name}" for name in TEXTS)
    words = ", ".join(f"{name}: $params.{name}" for name in WORDS)
    argv = ", ".join(f"{n}, {quoted(text)}, {n}, $params.{n}" for n, text in WORDS.items())
    nested = ", ".join(
        f"{n}: {{key: {quoted(text)}, list: [$params.{n}, {quoted(text)}]}}"
        for n, text in TEXTS.items()
    )
    inputs = ", ".join(f"{n}: {{file: {quoted('data/' + path)}}}" for n, path in files.items())
    outputs = ", ".join(f"{n}: {{type: file, path: {quoted(p)}}}" for n, p in single(files).items())
    made = ", ".join(f"{name}: {quoted(text)}" for name, text in single(files).items())
    script = 'python tools.py environment "$WOMBAT_OUTPUT_SHELL" WOMBAT_PARAM_\n'
    script += 'cat /proc/$$/cmdline > "$WOMBAT_OUTPUT_SCRIPT"\n' + here_document()
    return f"""\
pipeline: corpus
description: {quoted(" ".join(WORDS.values()))}
owner: {quoted(" ".join(WORDS.values()))}
params:
{lines(f"{n}: {{type: string, default: {quoted(text)}}}" for n, text in TEXTS.items())}
tasks:
  python:
    run: tools:python
    with: {{{given}}}
    outputs: {{python: {{type: json}}}}
  nested:
    run: tools:nested
    with: {{given: {{{nested}}}}}
    outputs: {{nested: {{type: json}}}}
  argv:
    command: [python, tools.py, argv, $outputs.argv, {argv}]
    outputs: {{argv: {{type: json}}}}
  shell:
    shell: {quoted(script)}
    with: {{{words}}}
    outputs: {{shell: {{type: json}}, script: {{type: file}}}}
  env:
    command: [python, tools.py, environment, $outputs.env, EVERY_]
    env: {{{", ".join(f"EVERY_{n.upper()}: {quoted(text)}" for n, text in WORDS.items())}}}
    outputs: {{env: {{type: json}}}}
  part:
    foreach: {{k: [{", ".join(map(quoted, parts()))}]}}
    batch: {BATCH}
    run: tools:part
    outputs: {{part: {{type: json}}}}
  parts:
    run: tools:parts
    inputs: {{values: {{from: part, collect: dict}}}}
    outputs: {{parts: {{type: json}}}}
  wide:
    foreach: {{{", ".join(f"{n}: [{quoted(text)}]" for n, text in WORDS.items())}, k: [a, b]}}
    shell: python tools.py environment "$WOMBAT_OUTPUT_WIDE" WOMBAT_PARAM_
    outputs: {{wide: {{type: json}}}}
  both:
    run: tools:parts
    inputs: {{values: {{from: wide, collect: dict}}}}
    outputs: {{both: {{type: json}}}}
  named:
    run: tools:named
    inputs: {{{inputs}}}
    outputs: {{named: {{type: json}}}}
  make:
    run: tools:make
    with: {{names: {{{made}}}}}
    outputs: {{{outputs}}}
"""


def lines(entries: Any) -> str:
    return "\n".join(f"  {entry}" for entry in entries)


def here_document() -> str:
    """A comment of a script that holds every payload."""
    return f": <<'{END}'\n" + "\n".join(WORDS.values()) + f"\n{END}\n"


def parts() -> list[str]:
    """Values of a foreach, each a part with a label of its own: some of every family."""
    found = {text.lower(): text for text in list(WORDS.values())[::12]}
    return list(found.values())


def single(files: Mapping[str, str]) -> dict[str, str]:
    """Some names of files without a folder, of every family."""
    plain = {name: path for name, path in files.items() if "/" not in path and path[0] != "~"}
    return dict(list(plain.items())[::8])


def files(root: Path) -> dict[str, str]:
    """Makes files by the payloads' names below `data/`, where that can be; their paths by name."""
    able = {name: text for name, text in WORDS.items() if ".git" not in text.lower().split("/")}
    data(root, able.values())
    return {name: text for name, text in able.items() if _is_path(text, root / "data")}


def _is_path(text: str, folder: Path) -> bool:
    """Whether every system can have a file of that name, and git would track it."""
    steps = text.split("/")
    if {"", ".", ".."} & set(steps):
        return False
    if "\\" in text or min(map(ord, text)) < 32 or "\x7f" in text:
        return False
    try:
        return unicodedata.is_normalized("NFC", text) and (folder / text).is_file()
    except OSError:
        return False


def project(root: Path) -> dict[str, str]:
    """Writes the project; the paths of its files by name."""
    write(root, {"wombat.yml": "project: shop\n", "tools.py": TOOLS})
    there = files(root)
    write(root, {"pipelines/corpus.yml": pipeline(there)})
    return there


def digest(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()


def digests(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: digest(text) for name, text in texts.items()}


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
