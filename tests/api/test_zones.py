"""Zones: nothing that untrusted credentials can write is ever relied on, or even asked for, by
what is trusted. The store's rights are those of a role: a wrapper denies by prefix."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.api.sharing import MODELS, TRAIN, built, copied, project, run, session_in
from tests.store.denying import Denying
from wombat.api.addresses import resolve
from wombat.api.artifacts import load, put
from wombat.api.listing import list_outputs, show_artifact, show_log
from wombat.api.locking import add, lock
from wombat.api.overview import list_pipelines, list_refs
from wombat.api.project import compile_all
from wombat.api.promoting import promote
from wombat.api.pulling import pull
from wombat.api.pushing import push
from wombat.api.selecting import choose
from wombat.api.tagging import close, tag
from wombat.errors import Absent, StoreDamaged, StoreDenied
from wombat.store import Change, open_store
from wombat.store.chunking import Chunker

pytestmark = pytest.mark.slow


def opened(root, zone):
    return open_store(str(root.parent / "shared"), project="ml", zone=zone, readable=("t",))


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """An attacker with the untrusted role: other results for the same keys, refs of any order,
    and below `u/` the trusted objects' names with other bytes."""
    folder = built(tmp_path_factory.mktemp("attacked"))
    root = folder / "ml"
    trusted, mine = opened(root, "t"), opened(root, "u")
    run(root, "models", zone="u", weight="666")
    head, evil = trusted.head("models", "main"), mine.head("models", "main")
    for one in trusted.attempts("models", head.run):
        bad = next(
            e for e in mine.attempts("models", evil.run) if (e.task, e.part) == (one.task, one.part)
        )
        mine.record_result(one.record["key"], "evil", 1, {**bad.record, "key": one.record["key"]})
    for kind, name in (("heads", "main"), ("tags", "v1"), ("heads", "other")):
        mine.publish(
            pipeline="models",
            branch=name,
            kind=kind,
            run=f"evil-{kind}-{name}",
            plan="0" * 64,
            order=10**14,
            commit=None,
            time="2020-01-01T00:00:00Z",
            outputs=evil.outputs,
        )
    for key in list(trusted.blobs.list("t/ml/")):
        if "/p/" in key or "/m/" in key:
            mine.blobs.create(f"u{key[1:]}", b"forged")
    return folder


@pytest.fixture
def forged(attacked, tmp_path):
    return copied(attacked, tmp_path)


@pytest.fixture
def role(monkeypatch):
    """Every store that is opened from now on has the rights that are asked for."""
    import wombat.store.open as opening

    real, seen = opening.open_blobs, []

    def give(**rights):
        def denying(address):
            seen.append(Denying(real(address), **rights))
            return seen[-1]

        monkeypatch.setattr(opening, "open_blobs", denying)
        return seen

    return give


def _put(root, session):
    file = root / "limits.json"
    file.write_text("{}")
    put(session, file, "raw/limits", kind="json")


OPERATIONS = {
    "run": lambda root, session: run(root, "models", weight="2"),
    "pull": lambda root, session: pull(session, "models/model@main", root / "out"),
    "scores": lambda root, session: pull(session, "models/scores", root / "out"),
    "load": lambda root, session: load("models/model", start=root),
    "put": _put,
    "ls": lambda root, session: list_pipelines(session),
    "ls --all": lambda root, session: list_refs(session),
    "ls models": lambda root, session: list_outputs(session, "models@main"),
    "show": lambda root, session: show_artifact(session, "models/model"),
    "log": lambda root, session: show_log(session, "models", None),
    "tag": lambda root, session: tag(session, "models", "v1"),
    "close": lambda root, session: close(session, "models@main"),
    "promote": lambda root, session: promote(root, session.store.head("models", "main").run),
    "select": lambda root, session: choose(compile_all(root), named=["models"]).begin(),
    "add": lambda root, session: add(session, "models/model@main"),
    "lock": lambda root, session: [add(session, "models/model"), lock(session_in(root, "t"))],
    "content": lambda root, session: resolve(
        session, f"models/model@blake3:{resolve(session, 'models/model').value['C']}"
    ),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_trusted_operation_asks_for_anything_below_u(forged, role, operation, monkeypatch):
    monkeypatch.setenv("WOMBAT_ZONE", "t")
    seen = role(read=("u/",), write=("u/",))
    OPERATIONS[operation](forged, session_in(forged, "t"))
    asked = [key for one in seen for key in (*one.asked, *one.wrote)]
    assert asked
    assert [key for key in asked if key.startswith("u") or not key] == []


def test_what_a_trusted_reader_gets_is_never_forged(forged, role, tmp_path):
    role(read=("u/",))
    session = session_in(forged, "t")
    pull(session, "models/model", tmp_path / "model")
    assert json.loads((tmp_path / "model" / "data.json").read_text()) == {"weight": 1}
    for text in ("models/model@v1", "models/model@other", "models/model@run:evil-heads-main"):
        with pytest.raises(Absent):
            resolve(session, text)
    for one in opened(forged, "t").attempts("models", resolve(session, "models/model").ref.run):
        found = session.store.find_result(one.record["key"])
        assert found["outputs"] == one.record["outputs"]


@pytest.mark.parametrize("zone", ["u/ml", "t/other", "local/ml"])
def test_a_trusted_record_that_names_another_zone_is_damage(forged, role, zone):
    """As a trusted job that was careless with what it read would write it."""
    store = opened(forged, "t")
    head = store.head("models", "main")
    outputs = {name: store.located(value) for name, value in head.outputs.items()}
    bad = {**outputs["train.model"], "zone": zone}
    change = Change(
        "models",
        "main",
        "bad",
        "0" * 64,
        head.order,
        None,
        head.time,
        outputs | {"train.model": bad},
    )
    store.commit_ref(change)
    key = "ab" * 32
    store.record_result(key, "bad", 1, {"outputs": {"model": bad}})
    seen = role(read=("u/", "local/"))
    with pytest.raises(StoreDamaged, match="on which nothing of that zone may rely"):
        resolve(session_in(forged, "t"), "models/model").artifact(bad)
    assert session_in(forged, "t").store.find_result(key) is None
    assert [key for one in seen for key in one.asked if key.startswith(("u/", "local/"))] == []


def test_a_trusted_manifest_that_points_below_u_is_never_followed(forged, role, tmp_path):
    mine, trusted = opened(forged, "u"), opened(forged, "t")
    (tmp_path / "data").write_bytes(bytes(range(256)) * 1000)
    bait = mine.push_tree(tmp_path / "data", type="file")
    mine.blobs.sync()
    careless = replace(trusted.space, zone="t/ml", readable=("t/ml", "u/ml"))
    manifest = _pointing(careless, mine, bait)
    role(read=("u/",))
    session = session_in(forged, "t")
    with pytest.raises(StoreDamaged, match="may not rely"):
        session.store.fetch_tree(manifest, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def _pointing(space, mine, bait):
    """The bait's manifest again, in the trusted zone, with the zone of its packs."""
    from wombat.store.landing import put_manifest
    from wombat.store.manifests import ManifestWriter

    old = mine.manifest(bait)
    writer = ManifestWriter("file", Chunker.from_json(old.header.chunker))
    for row in old.rows():
        writer.add(row.file, row.chunks)
    writer.add_chunks(list(old.chunk_rows(0, old.header.chunks)))
    packs = [replace(row, zone="u/ml") for row in old.packs()]
    made = put_manifest(space, writer, packs, b"")
    space.blobs.sync()
    return made


def test_a_trusted_push_of_the_same_bytes_stores_its_own(forged, role, tmp_path):
    """The forged pack has the very name that this content gets."""
    mine = opened(forged, "u")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "data").write_bytes(bytes(range(256)) * 1000)
    bait = mine.push_tree(folder, type="directory")
    mine.blobs.sync()
    for key in list(mine.blobs.list("u/ml/p/")):
        mine.blobs.delete([key])
        mine.blobs.create(key, b"forged")
    seen = role(read=("u/",), write=("u/",))
    session = session_in(forged, "t")
    artifact = session.store.push_tree(folder, type="directory", base=[bait])
    session.store.blobs.sync()
    session.store.fetch_tree(artifact, tmp_path / "back")
    assert (tmp_path / "back" / "data").read_bytes() == (folder / "data").read_bytes()
    assert [key for one in seen for key in one.asked if key.startswith("u/")] == []


def test_an_untrusted_run_reads_the_trusted_zone_and_writes_its_own_alone(forged, role):
    seen = role(read=("local/",), write=("t/", "x/", "local/", "wombat.json"))
    run(forged, "models", zone="u", weight="3")
    wrote = {key.split("/")[0] for one in seen for key in one.wrote}
    assert wrote == {"u"}
    assert resolve(session_in(forged, "u"), "models/model").store.zone == "u/ml"
    with pytest.raises(StoreDenied):
        run(forged, "models", zone="t", weight="4")


def test_a_laptop_relies_on_nothing_below_u_either(forged, role, tmp_path):
    seen = role(read=("u/",), write=("u/", "t/"))
    session = session_in(forged, "local")
    pull(session, "models/model", tmp_path / "model")
    run(forged, "models", zone="local", weight="3")
    assert [key for one in seen for key in one.asked if key.startswith("u/")] == []


def test_upstream_is_read_in_its_trusted_zone_alone(forged, role, tmp_path):
    laptop = project(
        tmp_path / "laptop", "ml", MODELS, TRAIN, f"upstream: {forged.parent / 'shared'}\n"
    )
    seen = role(read=("u/",), write=("t/",))
    assert load("models/model", start=laptop) == {"weight": 1}
    run(laptop, "models", zone="local", weight="3")
    for one in opened(forged, "t").attempts(
        "models", opened(forged, "t").head("models", "main").run
    ):
        session_in(laptop, "local").store.find_result(one.record["key"])
    assert [key for one in seen for key in one.asked if key.startswith("u/")] == []
    with pytest.raises(StoreDenied):
        list(push(session_in(laptop, "local"), zone="t"))
