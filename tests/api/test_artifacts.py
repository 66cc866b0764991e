"""Artifacts by address: what is fetched where, what is refused, what a notebook gets."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.test_verbs import words
from wombat.api.addresses import resolve
from wombat.api.artifacts import load, put
from wombat.api.pulling import pull
from wombat.api.runs import run_pipeline
from wombat.api.session import open_session
from wombat.errors import Absent, Conflict, DataInvalid, StoreDamaged, UsageFault


@pytest.fixture
def ran(root):
    result = run_pipeline(root, "shop", jobs=1)
    assert result.error is None
    return result


def test_each_output_comes_back(session, ran, tmp_path):
    done = pull(session, "shop/page", tmp_path / "page")
    assert done.fetched
    assert (tmp_path / "page" / "page.txt").read_text() == "hello"
    pull(session, "shop/note", tmp_path / "notes")
    found = sorted(p.relative_to(tmp_path).as_posix() for p in (tmp_path / "notes").rglob("*.txt"))
    assert found == ["notes/eu/data.txt", "notes/us/data.txt"]
    pull(session, "shop/note[region=eu]", tmp_path / "note")
    assert (tmp_path / "note" / "data.txt").read_text() == "of eu"


@pytest.mark.slow
def test_what_is_there_is_not_fetched_again(session, ran, tmp_path):
    target = tmp_path / "notes"
    assert pull(session, "shop/note", target).fetched
    before = {p: p.stat().st_mtime_ns for p in target.rglob("*")}
    assert not pull(session, "shop/note", target).fetched
    assert {p: p.stat().st_mtime_ns for p in target.rglob("*")} == before
    (target / "eu" / "data.txt").write_text("mine")
    with pytest.raises(UsageFault, match="was changed since"):
        pull(session, "shop/note", target)
    assert (target / "eu" / "data.txt").read_text() == "mine"
    assert pull(session, "shop/note", target, force=True).fetched
    assert (target / "eu" / "data.txt").read_text() == "of eu"
    assert not list(tmp_path.glob(".notes*"))


@pytest.mark.slow
def test_only_what_a_pull_wrote_is_ever_replaced(session, ran, root, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").touch()
    monkeypatch.chdir(other)
    for folder in (other, root, tmp_path, root / "pipelines", root / ".wombat"):
        with pytest.raises(UsageFault, match="no pull wrote"):
            pull(session, "shop/page", folder, force=True)
    assert (other / "thesis.tex").exists()
    assert (root / "pipelines" / "shop.yml").exists()


@pytest.mark.slow
def test_a_pulled_folder_is_brought_up_to_date(session, root, ran, tmp_path, monkeypatch):
    target = tmp_path / "numbers"
    pull(session, f"shop/numbers.numbers@run:{ran.run}", target)
    run_pipeline(root, "shop", given={"factor": "5"}, jobs=1)
    assert pull(session, "shop/numbers.numbers", target).fetched
    assert (target / "data.json").read_text().split() == ["[0,5,10]"]
    monkeypatch.chdir(target)
    with pytest.raises(UsageFault, match="stand in it"):
        pull(session, f"shop/numbers.numbers@run:{ran.run}", target)


@pytest.mark.slow
def test_a_failed_replacement_loses_nothing(session, root, ran, tmp_path):
    target = tmp_path / "numbers"
    pull(session, "shop/numbers.numbers", target)
    (target / "data.json").write_text("mine")
    for file in (root / ".wombat" / "store").rglob("m/**/*.*"):
        file.chmod(0o644)
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreDamaged):
        pull(session, "shop/numbers.numbers", target, force=True)
    assert (target / "data.json").read_text() == "mine"
    assert [one.name for one in tmp_path.glob(".numbers*")] == []


@pytest.mark.slow
def test_a_link_is_no_target(session, ran, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(UsageFault, match="no folder"):
        pull(session, "shop/page", tmp_path / "link", force=True)
    assert not list((tmp_path / "real").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("label", ["..", ".", "a/b", "../../x", ""])
def test_a_label_out_of_a_record_never_leads_elsewhere(session, ran, label):
    found = resolve(session, "shop/note")
    found.value["parts"][label] = next(iter(found.value["parts"].values()))
    with pytest.raises(StoreDamaged):
        list(found.artifacts())


@pytest.mark.slow
def test_values_for_notebooks(root, ran, monkeypatch):
    monkeypatch.chdir(root)
    assert load("shop/numbers.numbers") == [0, 2, 4]
    assert load("shop/note") == {"eu": "of eu", "us": "of us"}
    assert load("shop/page").name == "page.txt"
    frame = load("shop/frame", "pyarrow")
    assert frame.to_pydict() == {
        "region": ["eu"] * 3 + ["us"] * 3,
        "n": [0, 2, 4, 0, 2, 4],
    }
    assert load("shop/frame[us]", "pandas")["n"].tolist() == [0, 2, 4]
    assert load("shop/frame", "polars").height == 6
    with pytest.raises(UsageFault, match="no form"):
        load("shop/frame", "spark")


@pytest.mark.slow
def test_what_an_address_can_miss(session, ran):
    for text, said in {
        "shop/nothing": "no output 'nothing'",
        "shop/note[xx]": "no part 'xx'",
        "shap/note": "isn't in the store",
        "note": "pipeline 'note' isn't in the store; there is shop",
        "shop/note@other": "has no '@other'",
    }.items():
        with pytest.raises(Absent, match=said):
            resolve(session, text)
    with pytest.raises(UsageFault, match="output of several tasks"):
        resolve(session, "shop/numbers")
    with pytest.raises(UsageFault, match="whole pipeline"):
        resolve(session, "shop")
    with pytest.raises(UsageFault, match="no digest"):
        resolve(session, "shop/note@blake3:12")
    with pytest.raises(UsageFault, match="no time"):
        resolve(session, "shop/note@asof:yesterday")


@pytest.mark.slow
def test_every_way_to_name_a_version(session, root, ran):
    second = run_pipeline(root, "shop", given={"factor": "3"}, jobs=1)
    first, newest = resolve(session, f"shop/page@run:{ran.run}"), resolve(session, "shop/page")
    assert newest.ref.run == second.run
    assert first.ref.run == ran.run
    assert resolve(session, "shop/page@main").ref.run == second.run
    assert resolve(session, "shop/page@branch:main").ref.run == second.run
    assert resolve(session, f"shop/page@asof:{newest.ref.time}").ref.run == second.run
    with pytest.raises(Absent):
        resolve(session, "shop/page@asof:2020-01-01T00:00Z")
    content = str(newest.value["C"])
    assert resolve(session, f"shop/page@blake3:{content}").value["C"] == content
    found = resolve(session, "shop/numbers.numbers")
    assert found.value["C"] != resolve(session, f"shop/numbers.numbers@run:{ran.run}").value["C"]


def test_a_branch_and_a_tag_of_one_name(session, ran):
    head = session.store.head("shop", "main")
    session.store.publish(
        pipeline="shop",
        branch="main",
        run="tagged",
        plan="0" * 64,
        order=1,
        commit=None,
        time=head.time,
        outputs=head.outputs,
        kind="tags",
    )
    with pytest.raises(Conflict, match="branch and a tag"):
        resolve(session, "shop/page@main")
    assert resolve(session, "shop/page@tag:main").ref.run == "tagged"


def test_put_and_take(session, root, tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("a,b\n1,x\n")
    put(session, file, "raw/orders", kind="dataframe")
    put(session, file, "raw/text")
    put(session, tmp_path, "raw/all")
    assert load("raw/orders", "pyarrow", start=root).to_pydict() == {"a": [1], "b": ["x"]}
    assert load("raw/text", start=root).read_text() == "a,b\n1,x\n"
    assert sorted(session.store.head("raw", "main").outputs) == ["all", "orders", "text"]


def test_puts_at_once_all_land(root, tmp_path):
    def one(number):
        file = tmp_path / f"{number}.txt"
        file.write_text(str(number))
        return put(open_session(root), file, f"raw/o{number}").value["C"]

    with ThreadPoolExecutor(6) as threads:
        contents = list(threads.map(one, range(6)))
    outputs = open_session(root).store.head("raw", "main").outputs
    assert [outputs[f"o{n}"]["C"] for n in range(6)] == contents


@pytest.mark.slow
def test_a_clock_that_was_ahead_supersedes_nobody(session, root, ran):
    head = session.store.head("shop", "main")
    session.store.publish(
        pipeline="shop",
        branch="main",
        run="tomorrow",
        plan="0" * 64,
        order=head.order + 86_400_000,
        commit=None,
        time=head.time,
        outputs=head.outputs,
    )
    assert run_pipeline(root, "shop", jobs=1, force=True).published.outcome == "published"


def test_put_again_in_one_ci_job(root, tmp_path, monkeypatch):
    monkeypatch.setenv("WOMBAT_RUN", "ci-1")
    session, file = open_session(root), tmp_path / "a.txt"
    for text in ("one", "one", "two"):
        file.write_text(text)
        put(session, file, "raw/a")
    assert load("raw/a", start=root).read_text() == "two"
    assert len(list(session.store.ref_log("raw", "main"))) == 2


def test_a_put_changes_no_type_in_passing(session, root, tmp_path, capsys, monkeypatch):
    folder, file, frame = tmp_path / "folder", tmp_path / "file.csv", "raw/frame"
    folder.mkdir()
    (folder / "a").write_text("a")
    file.write_text("n\n1\n")
    put(session, file, "raw/big")
    put(session, file, frame, kind="dataframe")
    for path, text, said, hint in (
        (folder, "raw/big", "is a file so far, and .* would be a directory", "--type directory"),
        (file, frame, "is a dataframe so far, and .* would be a file", "--type dataframe stores"),
    ):
        with pytest.raises(UsageFault, match=said) as raised:
            put(session, path, text)
        assert raised.value.code == "put-type"
        assert hint in raised.value.hint
    put(session, file, "raw/big")
    put(session, folder, "raw/big", kind="directory")
    assert session.store.head("raw", "main").outputs["big"]["type"] == "directory"
    put(session, folder, "raw/big")


def test_a_put_says_which_version_it_made_and_how_much_came_with_it(
    session, root, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(root)
    file = tmp_path / "big"
    data = random.Random(1).randbytes(3_000_000)
    file.write_bytes(data)
    code, out, _ = words(capsys, "put", str(file), "raw/big")
    assert (code, ", version 1, 3,00" in out) == (0, True), out
    file.write_bytes(data + b"x" * 1000)
    code, out, _ = words(capsys, "put", str(file), "raw/big", "--json")
    told = json.loads(out)
    assert (told["version"], told["written"]) == (2, True)
    assert 0 < told["new_bytes"] < 1_000_000
    code, out, _ = words(capsys, "put", str(file), "raw/big", "--json")
    told = json.loads(out)
    assert (told["version"], told["written"], told["new_bytes"]) == (2, False, 0)
    file.write_bytes(b"x")
    assert ", version 3, 1 byte new" in words(capsys, "put", str(file), "raw/big")[1]


@pytest.mark.parametrize("kind", [None, "dataframe"])
def test_a_put_tells_how_far_it_is_of_how_much(session, tmp_path, kind):
    """The total is known before anything is read."""
    from wombat.api.putting import put as putting

    told = []
    file = tmp_path / "n.csv"
    file.write_text("n\n" + "\n".join(map(str, range(200_000))))
    if kind is None:
        file = tmp_path
        (tmp_path / "more").write_bytes(b"x" * 500_000)
    putting(session, file, "raw/n", kind=kind, progress=lambda *step: told.append(step))
    totals = {total for _, total in told}
    assert totals == {told[-1][0]}


def test_a_path_is_told_without_its_way_there(root, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(root)
    _, _, err = words(capsys, "put", "../gone", "raw/x")
    assert f"there is no '{tmp_path / 'gone'}'" in err
    (tmp_path / "far" / "deep").mkdir(parents=True)
    (tmp_path / "far" / "x").write_text("far")
    (root / "link").symlink_to(tmp_path / "far" / "deep")
    assert words(capsys, "put", "link/../x", "raw/x")[0] == 0
    assert load("raw/x", start=root).read_text() == "far"


def test_what_can_not_be_put(session, tmp_path):
    file = tmp_path / "x.json"
    file.write_text("{")
    with pytest.raises(UsageFault, match="defines 'shop'"):
        put(session, file, "shop/x")
    with pytest.raises(UsageFault, match="can't be put"):
        put(session, file, "raw/x@main")
    with pytest.raises(UsageFault, match="can't be a directory"):
        put(session, file, "raw/x", kind="directory")
    with pytest.raises(DataInvalid, match=r"x.json' is no json: it isn't JSON in UTF-8"):
        put(session, file, "raw/x", kind="json")
    with pytest.raises(Absent, match="there is no"):
        put(session, tmp_path / "gone", "raw/x")
    assert session.store.head("raw", "main") is None


def test_reading_makes_no_store(session, root):
    with pytest.raises(Absent, match="no store"):
        resolve(session, "shop/page")
    assert not (root / ".wombat").exists()
