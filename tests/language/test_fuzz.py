"""Any bytes at all: nothing raises, and every rejection has its place."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wombat.errors import Diagnostics
from wombat.language.decode import decode
from wombat.language.pipeline import PipelineDecl
from wombat.language.project import ProjectDecl
from wombat.language.source import parse_documents
from wombat.review.diagnostics import as_text

if TYPE_CHECKING:
    from wombat.language.decode import Written

EXAMPLES = 20_000 if os.environ.get("WOMBAT_SOAK") else 2_000
ROOT = Path(__file__).resolve().parents[2]
VALID = [
    (ROOT / "pipelines" / "flights.yml").read_bytes(),
    (
        b"pipeline: p\nparams: {a: {type: int, default: 3}}\ntasks:\n"
        b"  x: {foreach: {r: [us, eu]}, shell: ls, outputs: {o: {type: json}}}\n"
        b"  y:\n    command: [cat, $inputs.i, {format: 'a{a}'}]\n"
        b"    inputs: {i: {from: x, collect: list}}\n    env: {A: 010}\n    timeout: 1h30m\n"
    ),
]
WORDS = (
    *(
        b"\t",
        b"  ",
        b"\n",
        b"\r\n",
        b": ",
        b"- ",
        b"? ",
        b"&a ",
        b"*a",
        b"!!str ",
        b"<<: ",
        b"---\n",
    ),
    *(b"'", b'"', b"|\n", b">-\n", b"#", b"{", b"}", b"[", b"]", b",", b"%YAML 1.1\n", b"...\n"),
    *(b"\xff", b"\x00", b"\xc3\xa4", b"\xe2\x80\xa8", b"\xf0\x9f\x90\xa8", b"\\", b"\x1b", b"null"),
    *(b"no", b"010", b"1e999", b".nan", b"12:30", b"$params.a", b"${x}", b"{format: '{'}", b"~"),
)


def read(data: bytes, model: type[Written]) -> None:
    """What `check` does to one file; raises where it would crash or forget a place."""
    sink = Diagnostics()
    documents = parse_documents(data, "p.yml", sink)
    rejected = bool(sink.found) or not documents
    for document in documents[:3]:
        rejected = decode(document, model, sink) is None or rejected
    lines = (
        data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    )
    assert not rejected or sink.failed or not documents
    for one in sink.found:
        assert one.place.path == "p.yml"
        assert 1 <= one.place.line <= len(lines) + 1
        width = len(lines[one.place.line - 1]) if one.place.line <= len(lines) else 0
        assert 1 <= one.place.column <= width + 2
        assert one.message
    text = as_text(sink.sorted(), Path("/nowhere"))
    assert all(c.isprintable() or c == "\n" for c in text)


quiet = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.slow
@quiet
@given(data=st.binary(max_size=400))
def test_random_bytes(data: bytes) -> None:
    read(data, PipelineDecl)


@pytest.mark.slow
@quiet
@given(words=st.lists(st.sampled_from(WORDS) | st.binary(max_size=3), max_size=60))
def test_random_words_of_yaml(words: list[bytes]) -> None:
    data = b"".join(words)
    read(data, PipelineDecl)
    read(b"pipeline: p\ntasks:\n  a:\n    with:\n      " + data, PipelineDecl)


def mutated(data: bytes, seed: int) -> bytes:
    """A valid file with a few pieces cut, moved, doubled or replaced."""
    rng, text = random.Random(seed), bytearray(data)
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice((0, 1, 1, 2, 8, 80)))
        text[start:end] = rng.choice((b"", rng.choice(WORDS), bytes(text[end : end + 20])))
    return bytes(text)


@pytest.mark.parametrize("number", range(len(VALID)))
def test_mutated_pipelines(number: int) -> None:
    for seed in range(EXAMPLES // 4):
        try:
            read(mutated(VALID[number], seed), PipelineDecl)
        except BaseException:
            print(f"seed {seed}")
            raise


def test_mutated_project_file() -> None:
    valid = b"project: shop\nimages: {base: 'a/b:1'}\ncompute: {l: {cpu: 4, memory: 16GiB}}\n"
    for seed in range(EXAMPLES // 4):
        read(mutated(valid, seed), ProjectDecl)
