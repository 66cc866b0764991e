"""Run headers, attempts, results, long records, and publishing a closed set."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.conftest import memory_store
from wombat.digest import digest_json
from wombat.errors import Absent, Conflict, UsageFault
from wombat.store import AttemptRecord, Edge, Store, close, names, open_store
from wombat.store.blobs.local import LocalBlobs
from wombat.store.records import Mismatch, seal, unseal

KEY = "ab" * 32
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BODY = st.dictionaries(st.text(min_size=1).filter(lambda k: k not in ("v", "kind", "seal")), JSON)


@given(BODY, st.data())
def test_a_record_comes_back_and_one_byte_breaks_it(
    body: dict[str, object], data: st.DataObject
) -> None:
    try:
        raw = seal("t/s/x", "header", body)
    except UnicodeEncodeError:
        return  # lone surrogates are no text
    assert unseal("t/s/x", "header", raw) == body
    at = data.draw(st.integers(0, len(raw) - 1))
    bad = raw[:at] + bytes([raw[at] ^ (1 << data.draw(st.integers(0, 7)))]) + raw[at + 1 :]
    # The same JSON in other bytes is no record either: there is one form of each.
    for loose in (raw + b"\n", raw.replace(b":", b": ", 1), raw.replace(b"{", b'{"v":1,', 1)):
        with pytest.raises(Mismatch):
            unseal("t/s/x", "header", loose)
    for args in (("t/s/x", "header", bad), ("t/s/y", "header", raw), ("t/s/x", "ref", raw)):
        with pytest.raises(Mismatch):
            unseal(*args)


def test_the_first_header_stands(store: Store) -> None:
    with pytest.raises(Absent):
        store.header("p", "r")
    assert store.create_header("p", "r", {"n": 1}) == {"n": 1}
    assert store.create_header("p", "r", {"n": 2}) == {"n": 1}
    assert store.header("p", "r") == {"n": 1}
    assert store.runs("p") == ["r"]
    with pytest.raises(UsageFault):
        store.create_header("p", "../r", {})


def test_a_long_header_is_put_aside(store: Store) -> None:
    long = {"plan": "x" * 3_000_000, "list": list(range(10))}
    assert store.create_header("p", "r", long) == long
    assert store.create_header("p", "r", {"n": 2}) == long
    assert store.header("p", "r") == long
    assert all(store.blobs.stat(k).size <= 1 << 20 for k in store.blobs.list(f"{store.zone}/runs/"))


def test_long_outputs_leave_the_small_fields_in_place(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    stored = store.push_tree(tmp_path / "file", type="file").to_json()
    outputs = {f"o{n}": {**stored, "schema": KEY * 10} for n in range(3000)}
    store.publish(**_publish("r", outputs=outputs))
    head = store.head("p", "main")
    assert head is not None
    assert dict(head.outputs) == outputs
    raw = store.blobs.get(head.name)
    assert len(raw) < 2000
    assert b'"order":1' in raw


def test_attempts_count_up(store: Store) -> None:
    for part in (None, "us", "us,b"):
        for n in range(1, 12):
            record = {"state": "done" if n % 2 else "failed"}
            assert store.record_attempt("p", "r", "score", part, record) == n
    store.record_attempt("p", "r", "score-2", None, {"state": "done"})
    found = store.attempts("p", "r", "score", "us")
    assert [a.attempt for a in found] == list(range(1, 12))
    assert [a.done for a in found[:2]] == [True, False]
    assert {a.part for a in store.attempts("p", "r", "score")} == {None, "us", "us,b"}
    assert len(store.attempts("p", "r")) == 34
    assert found[0].record["task"] == "score"


def test_results(store: Store) -> None:
    assert store.find_result(KEY) is None
    store.record_result(KEY, "r1", 1, {"outputs": {"n": 1}})
    store.record_result(KEY, "r0", 1, {"outputs": {"n": 2}})
    first = names.result(store.zone, KEY, "r1", 1)
    if isinstance(store.blobs, LocalBlobs):
        os.utime(Path(store.blobs.root, first), (1.7e9, 1.7e9))
    found = store.find_result(KEY)
    assert found is not None
    assert found["outputs"] == {"n": 1}, "the oldest, not the first by name"


def test_a_trusted_result_comes_before_an_untrusted_one() -> None:
    trusted = memory_store()
    untrusted = open_store("memory:results", project="shop", zone="u", readable=("t",))
    trusted = memory_store(untrusted.blobs, zone="t/shop")
    untrusted.record_result(KEY, "r1", 1, {"outputs": {"n": "u"}})
    trusted.record_result(KEY, "r2", 1, {"outputs": {"n": "t"}})
    for store, expected in ((untrusted, "t"), (trusted, "t")):
        found = store.find_result(KEY)
        assert found is not None
        assert found["outputs"] == {"n": expected}
    untrusted.record_result("cd" * 32, "r1", 1, {})
    assert trusted.find_result("cd" * 32) is None


def _publish(run: str, **more: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "pipeline": "p",
        "branch": "main",
        "run": run,
        "plan": "0" * 64,
        "order": 1,
        "commit": "c0ffee",
        "time": "2026-11-01T00:00:00Z",
        "outputs": {"out": {"C": digest_json(run)}},
    }
    return fields | more


def test_publish(store: Store) -> None:
    results = {KEY: {"out": {"n": 1}}}
    first = store.publish(**_publish("r1", results=results, chosen={"load": 2}))
    assert (first.outcome, first.seq) == ("published", 1)
    assert store.publish(**_publish("r1", time="2027-01-01T00:00:00Z")).outcome == "already"
    assert store.published("p", "r1")["chosen"] == {"load": 2}
    assert next(store.segments("p"))["results"] == results
    store.publish(**_publish("r2", results={}, time="2026-11-02T00:00:00Z", order=2))
    store.publish(**_publish("r3", results={KEY: {}}, time="2026-11-03T00:00:00Z", order=2))
    assert [s["run"] for s in store.segments("p")] == ["r3", "r1"]
    late = store.publish(**_publish("r0", order=1))
    assert (late.outcome, late.by) == ("superseded", "r3")
    assert store.published("p", "r0")["outputs"] == {"out": {"C": digest_json("r0")}}, (
        "the run is kept"
    )


def test_a_run_may_be_published_on_a_second_branch(store: Store) -> None:
    store.publish(**_publish("r1"))
    assert store.publish(**_publish("r1", branch="production")).outcome == "published"
    assert store.publish(**_publish("r1", branch="production")).outcome == "already"


def test_one_run_has_one_plan(store: Store) -> None:
    store.publish(**_publish("r1"))
    with pytest.raises(Conflict, match="another plan"):
        store.publish(**_publish("r1", plan="1" * 64))


def attempt(
    task: str, n: int, *, part: str | None = None, state: str = "done", **io: object
) -> AttemptRecord:
    outputs = {k[4:]: {"C": v} for k, v in io.items() if k.startswith("out_")}
    inputs = {k[3:]: v for k, v in io.items() if k.startswith("in_")}
    return AttemptRecord(task, part, n, {"state": state, "inputs": inputs, "outputs": outputs})


LOAD, CLEAN = ("load", None), ("clean", None)
EDGE = Edge(CLEAN, "raw", (LOAD,), "data")


def test_the_newest_complete_attempts_are_chosen() -> None:
    chosen = close(
        [LOAD, CLEAN],
        [
            attempt("load", 1, out_data="A"),
            attempt("load", 2, out_data="B"),
            attempt("load", 3, state="failed"),
            attempt("clean", 1, in_raw="A"),
            attempt("clean", 2, in_raw="B"),
            attempt("clean", 3, in_raw="A"),
        ],
        [EDGE],
    )
    assert {k: v.attempt for k, v in chosen.items()} == {LOAD: 2, CLEAN: 2}


@pytest.mark.parametrize(
    ("attempts", "match"),
    [
        ([attempt("load", 1, out_data="A")], "'clean' has no complete attempt"),
        (
            [attempt("load", 2, out_data="B"), attempt("clean", 1, in_raw="A")],
            "'clean' was made from other inputs",
        ),
        ([attempt("load", 1, state="failed"), attempt("clean", 1, in_raw="A")], "'load' has no"),
        ([attempt("load", 1), attempt("clean", 1, in_raw="A")], "recorded no output 'data'"),
    ],
)
def test_an_open_set_is_a_conflict(attempts: list[AttemptRecord], match: str) -> None:
    with pytest.raises(Conflict, match=match) as caught:
        close([LOAD, CLEAN], attempts, [EDGE])
    assert caught.value.code == "unclosed-set"


def test_parts_and_collect() -> None:
    us, eu = ("score", "us"), ("score", "eu")
    report = ("report", None)
    edge = Edge(report, "scores", (us, eu), "data", collect=True)
    attempts = [
        attempt("score", 1, part="us", out_data="U"),
        attempt("score", 1, part="eu", out_data="E"),
        attempt("report", 1, in_scores={"us": "U", "eu": "E"}),
        attempt("report", 2, in_scores={"us": "U", "eu": "old"}),
    ]
    assert close([us, eu, report], attempts, [edge])[report].attempt == 1
    with pytest.raises(Conflict, match=r"score: \[eu\]"):
        close([us, eu, report], [a for a in attempts if a.part != "eu"], [edge])


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("AB")), max_size=6))
def test_what_is_chosen_is_always_closed(pairs: list[tuple[str, str]]) -> None:
    attempts = [attempt("load", n, out_data=a) for n, (a, _) in enumerate(pairs, 1)]
    attempts += [attempt("clean", n, in_raw=b) for n, (_, b) in enumerate(pairs, 1)]
    try:
        chosen = close([LOAD, CLEAN], attempts, [EDGE])
    except Conflict:
        assert not pairs or pairs[-1][0] not in {b for _, b in pairs}
        return
    assert chosen[CLEAN].record["inputs"]["raw"] == chosen[LOAD].record["outputs"]["data"]["C"]
    assert chosen[LOAD].attempt == len(pairs)


def test_every_reader_sees_the_header_in_one_order(store: Store) -> None:
    made = store.create_header("p", "r", {"with": {"b": 1, "a": 2}})
    assert list(made["with"]) == list(store.header("p", "r")["with"]) == ["a", "b"]


def test_what_a_run_publishes_is_chosen_once(store: Store) -> None:
    first = {"out": {"C": digest_json("one")}}
    other = {"out": {"C": digest_json("two")}}
    results = {KEY: {"out": {"C": digest_json("one")}}}
    assert store.publish(**_publish("r", outputs=first, results=results)).outcome == "published"
    assert store.publish(**_publish("r", outputs=first, results=results)).outcome == "already"
    with pytest.raises(Conflict, match="with other results"):
        store.publish(**_publish("r", outputs=other, results={KEY: other}))
    head = store.head("p", "main")
    assert head is not None
    assert dict(head.outputs) == first
    assert [one["results"] for one in store.segments("p")] == [results]
