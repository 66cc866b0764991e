"""What the corpus' tasks said of what came to them, and what they should have said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.injection import corpus
from wombat.cli.entry import run
from wombat.language.label import label_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def expected(files: Mapping[str, str]) -> dict[str, Any]:
    """The answer of each task, by name."""
    texts, words = corpus.digests(corpus.TEXTS), corpus.digests(corpus.WORDS)
    data = {name: corpus.digest(text) for name, text in files.items()}
    return {
        "python": texts,
        "nested": {name: [one, one, one] for name, one in texts.items()},
        "argv": {name: [one, one] for name, one in words.items()},
        "shell": words,
        "env": words,
        "parts": {
            label_of([text]): {"value": corpus.digest(text), "part": label_of([text])}
            for text in corpus.parts()
        },
        "both": {wide(k): {**words, "k": corpus.digest(k)} for k in "ab"},
        "named": {
            n: [corpus.digest(path.rpartition("/")[2]), data[n]] for n, path in files.items()
        },
        "script": True,
        "make": {path: path.encode() for path in corpus.single(files).values()},
    }


def wide(k: str) -> str:
    """The label of a part that has every text among its values; keys count in their order."""
    return label_of([value for _, value in sorted({**corpus.WORDS, "k": k}.items())])


def pulled(root: Path, scratch: Path) -> dict[str, Any]:
    """What `wombat pull` brings of each task's answer."""
    answers: dict[str, Any] = {}
    for name in ("python", "nested", "argv", "shell", "env", "parts", "both", "named"):
        (file,) = _files(root, f"corpus/{name}@main", scratch / name)
        answers[name] = corpus.read(file)
    (script,) = _files(root, "corpus/script@main", scratch / "script")
    answers["script"] = corpus.here_document().encode() in script.read_bytes()
    answers["make"] = {}
    for name in corpus.single(corpus.files(root)):
        (file,) = _files(root, f"corpus/{name}@main", scratch / f"made-{name}")
        answers["make"][file.name] = file.read_bytes()
    return answers


def _files(root: Path, address: str, folder: Path) -> list[Path]:
    assert run(["pull", "-q", "-C", str(root), address, "-o", str(folder)]) == 0
    return [path for path in folder.rglob("*") if path.is_file()]
