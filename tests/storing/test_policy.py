"""Each role may do what its work needs, and nothing that another's relies on."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from tests.storing.iam import Rights, allows
from wombat.errors import StoreDenied, UsageFault
from wombat.store import Store
from wombat.store.blobs.memory import MemoryBlobs
from wombat.store.gc import Clocks, Retention, Rules, collect
from wombat.store.s3.policy import ROLES, Place, Role, lifecycle, permissions, settings
from wombat.store.s3.terraform import as_terraform
from wombat.store.s3.trust import Forge, trust
from wombat.store.space import Space

if TYPE_CHECKING:
    from pathlib import Path

PLACE = Place("artifacts", "wombat", "shop")
TIME = "2026-11-01T00:00:00Z"
KINDS = ("p/ab/x", "m/ab/x", "results/ab/x", "refs/p/heads/main/0", "runs/p/r/header", "gc/x/done")


def opened(blobs: MemoryBlobs, role: Role, zone: str, place: Place = PLACE) -> Store:
    """A store as a job with that role sees it."""
    rights = Rights(blobs, permissions(place, role), place.bucket, place.prefix)
    readable = (zone, f"t/{place.project}") if zone.startswith("u/") else (zone,)
    return Store(Space(rights, zone, readable), "memory:")


def asked(store: Store) -> set[tuple[str, str]]:
    assert isinstance(store.blobs, Rights)
    return store.blobs.asked


def work(store: Store, folder: Path, run: str, order: int = 1) -> Any:
    """What a job does from its first look to its publication."""
    folder.mkdir(exist_ok=True)
    (folder / "big").write_bytes(random.Random(run).randbytes(100_000))
    store.find_result("ab" * 32)
    list(store.segments("p"))
    store.head("p", "main")
    artifact = store.push_tree(folder, type="directory")
    store.create_header("p", run, {"seed": run})
    output = artifact.to_json()
    attempt = store.record_attempt("p", run, "t", None, {"state": "done", "outputs": {"o": output}})
    store.record_result("ab" * 32, run, attempt, {"outputs": {"o": output}})
    store.attempts("p", run)
    store.publish(
        pipeline="p", branch="main", run=run, plan="0" * 64, order=order, commit=None,
        time=TIME, outputs={"o": output}, results={"ab" * 32: {"o": output}},
    )  # fmt: skip
    return artifact


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


@pytest.mark.parametrize("create_only", [False, True])
def test_a_trusted_run_needs_no_more_than_its_role(
    blobs: MemoryBlobs, tmp_path: Path, create_only: bool
) -> None:
    store = opened(blobs, "trusted", "t/shop", replace(PLACE, create_only=create_only))
    artifact = work(store, tmp_path / "in", "1")
    store.fetch_tree(artifact, tmp_path / "out")
    assert list(store.branches("p")) == ["main"]
    assert store.runs("p") == ["1"]
    assert not [key for _, key in asked(store) if key.startswith(("u/", "local/"))]
    assert "s3:DeleteObject" not in {action for action, _ in asked(store)}


def test_an_untrusted_run_reads_trusted_and_writes_its_own(
    blobs: MemoryBlobs, tmp_path: Path
) -> None:
    work(opened(blobs, "trusted", "t/shop"), tmp_path / "in", "1")
    before = dict(blobs.objects)
    store = opened(blobs, "untrusted", "u/shop")
    assert store.find_result("ab" * 32) is not None
    artifact = work(store, tmp_path / "in", "2", 2)
    store.fetch_tree(artifact, tmp_path / "out")
    assert {key: blobs.objects[key] for key in before} == before
    assert all(key.startswith("u/shop/") for key in blobs.objects.keys() - before.keys())


def test_a_reader_pulls(blobs: MemoryBlobs, tmp_path: Path) -> None:
    artifact = work(opened(blobs, "trusted", "t/shop"), tmp_path / "in", "1")
    store = opened(blobs, "reader", "t/shop")
    assert store.head("p", "main") is not None
    assert store.pipelines() == ["p"]
    store.fetch_tree(artifact, tmp_path / "out")
    own = opened(blobs, "reader", "local/shop")
    assert own.head("p", "main") is None
    assert own.find_result("ab" * 32) is None
    with pytest.raises(StoreDenied):
        store.push_tree(tmp_path / "out", type="directory").to_json()


def test_each_zone_is_shut_to_who_doesnt_own_it(blobs: MemoryBlobs, tmp_path: Path) -> None:
    for role, zone in (("trusted", "u/shop"), ("untrusted", "t/shop"), ("reader", "t/shop")):
        for project in ("shop", "shop-2", "sho"):
            store = opened(blobs, role, zone.replace("shop", project))  # type: ignore[arg-type]
            with pytest.raises(StoreDenied):
                work(store, tmp_path / "in", "1")
    assert not blobs.objects


MATRIX = {
    # role: (reads, writes, deletes), by the beginnings of names
    "trusted": (("t/shop/", "x/etl/shop/", "x/shop/crm/"), ("t/shop/", "x/etl/shop/"), ()),
    "untrusted": (("t/shop/", "u/shop/"), ("u/shop/",), ()),
    "reader": (("t/shop/", "local/shop/"), (), ()),
    "gc": (
        ("t/shop/", "u/shop/", "local/shop/", "x/shop/crm/"),
        tuple(
            f"{zone}/shop/{kind}/"
            for zone in ("t", "u", "local")
            for kind in ("p", "m", "refs", "gc")
        ),
        tuple(
            f"{zone}/shop/{kind}/"
            for zone in ("t", "u", "local")
            for kind in ("p", "m", "results", "gc")
        ),
    ),
}


@pytest.mark.parametrize("role", ROLES)
def test_the_whole_matrix(role: Role) -> None:
    """Every action on names of every zone, of this and of other projects: exactly what is meant."""
    policy = permissions(PLACE, role)
    zones = [f"{z}/{p}" for z, p in product(("t", "u", "local"), ("shop", "shop2", "etl"))]
    names = [f"{zone}/{kind}" for zone in zones for kind in KINDS]
    names += ["x/etl/shop/s", "x/shop/crm/s", "x/etl/crm/s", "y/shop/z", "wombat.json", "t/shop"]
    actions = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
    for name, (action, begins) in product(names, zip(actions, MATRIX[role], strict=True)):
        meant = name.startswith(begins) if begins else False
        meant = meant or (action == "s3:GetObject" and name == "wombat.json")
        resource = f"arn:aws:s3:::artifacts/wombat/{name}"
        assert allows(policy, action, resource, {}) == meant, (action, name)
        assert not allows(policy, action, f"arn:aws:s3:::artifacts/{name}", {})
        assert not allows(policy, action, f"arn:aws:s3:::other/wombat/{name}", {})
    for name in ("", "t/", "t/shop", "t/shop2/", "x/", "u/etl/"):
        context = {"s3:prefix": f"wombat/{name}"}
        assert not allows(policy, "s3:ListBucket", "arn:aws:s3:::artifacts", context)
    for action in ("s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:PutObjectAcl", "s3:*"):
        assert not allows(policy, action, "arn:aws:s3:::artifacts/wombat/t/shop/p/ab/x", {})


def test_other_projects_only_where_they_are_named() -> None:
    name = "arn:aws:s3:::artifacts/wombat/t/etl/p/ab/x"
    for role in ("trusted", "untrusted", "reader"):
        assert not allows(permissions(PLACE, role), "s3:GetObject", name, {})  # type: ignore[arg-type]
        reads = permissions(replace(PLACE, reads=("etl",)), role)  # type: ignore[arg-type]
        assert allows(reads, "s3:GetObject", name, {})
        assert not allows(reads, "s3:PutObject", name, {})
        assert not allows(reads, "s3:GetObject", name.replace("t/etl", "u/etl"), {})


def test_create_only_refuses_what_has_no_condition() -> None:
    policy = permissions(replace(PLACE, create_only=True), "trusted")
    name = "arn:aws:s3:::artifacts/wombat/t/shop/p/ab/x"
    assert not allows(policy, "s3:PutObject", name, {})
    assert allows(policy, "s3:PutObject", name, {"s3:if-none-match": "*"})


FORGE = Forge("gitlab.example.com", "group/shop", "https://aud", (18, 5), tags=("v*",))


def claims(sub: str, aud: str = "https://aud") -> dict[str, str]:
    return {"gitlab.example.com:aud": aud, "gitlab.example.com:sub": sub}


MAIN = "project_path:group/shop:ref_type:branch:ref:main"


@pytest.mark.parametrize(
    ("sub", "roles"),
    [
        (MAIN, {"trusted", "untrusted"}),
        ("project_path:group/shop:ref_type:tag:ref:v1.2", {"trusted", "untrusted"}),
        ("project_path:group/shop:ref_type:tag:ref:main", {"untrusted"}),
        ("project_path:group/shop:ref_type:branch:ref:main2", {"untrusted"}),
        ("project_path:group/shop:ref_type:branch:ref:v1.2", {"untrusted"}),
        ("project_path:group/shop:ref_type:branch:ref:x:ref:main", {"untrusted"}),
        # From 18.2.2 on: a fork's merge request, whatever its branch is called.
        ("project_path:mallory/shop:ref_type:branch:ref:main", set()),
        ("project_path:group/shop2:ref_type:branch:ref:main", set()),
        ("project_path:group/shop/main:ref_type:branch:ref:main", set()),
        ("project_path:ops/gc:ref_type:branch:ref:main", {"gc"}),
    ],
)
@pytest.mark.parametrize("tags", [(), ("v*",)])
def test_who_takes_on_what(sub: str, roles: set[str], tags: tuple[str, ...]) -> None:
    forge = replace(FORGE, tags=tags, collector="ops/gc")
    if not tags and "ref_type:tag" in sub:
        roles = roles - {"trusted"}
    action = "sts:AssumeRoleWithWebIdentity"
    found = set()
    for role in ROLES:
        document = trust(forge, role)
        if document is None:
            continue
        found |= {role} if allows(document, action, None, claims(sub)) else set()
        assert not allows(document, action, None, claims(sub, "https://elsewhere"))
        assert not allows(document, "sts:AssumeRole", None, claims(sub))
    assert found == roles


@pytest.mark.parametrize("version", [(16, 11), (17, 11), (18, 2), (18, 2, 1)])
def test_tokens_of_older_servers_prove_nothing(version: tuple[int, ...]) -> None:
    forge = replace(FORGE, version=version)
    with pytest.raises(UsageFault) as caught:
        trust(forge, "trusted")
    assert caught.value.code == "policy-forks"
    assert trust(forge, "untrusted") is not None
    assert trust(replace(forge, forks_apart=True), "trusted") == trust(FORGE, "trusted")
    assert trust(replace(forge, version=(18, 2, 2)), "trusted") == trust(FORGE, "trusted")


def test_nothing_expires_by_age() -> None:
    for rule in lifecycle(PLACE)["Rules"]:
        assert rule["Expiration"] == {"ExpiredObjectDeleteMarker": True}
        assert "Transitions" not in rule
        assert rule["Filter"]["Prefix"] == "wombat/"
    assert lifecycle(replace(PLACE, prefix=""))["Rules"][0]["Filter"]["Prefix"] == ""


def test_terraforms_own_templates_stay_text() -> None:
    tree = {
        "bucket": "artifacts",
        "project": "a.b",
        "roles": {
            "trusted": {"name": "n", "permissions": {"x": "${aws:username} %{x}"}, "trust": {}},
            "reader": {"name": "r", "permissions": {}, "trust": None},
        },
        "lifecycle": lifecycle(PLACE),
        "settings": settings(PLACE),
    }
    found = as_terraform(tree)["resource"]
    text = found["aws_iam_role_policy"]["wombat_a_b_trusted"]["policy"]
    assert json.loads(text) == {"x": "$${aws:username} %%{x}"}
    role = found["aws_iam_role_policy"]["wombat_a_b_trusted"]["role"]
    assert role == "${aws_iam_role.wombat_a_b_trusted.id}"
    assert set(found["aws_iam_policy"]) == {"wombat_a_b_reader"}
    assert {kind for kind in found if kind.startswith("aws_s3")} == {
        f"aws_s3_bucket_{kind}"
        for kind in (
            "versioning",
            "public_access_block",
            "ownership_controls",
            "policy",
            "lifecycle_configuration",
        )
    }


def test_a_store_without_its_wombat_json_is_an_administrators() -> None:
    """A job may not make a store, nor change what it says of itself."""
    for role in ROLES:
        policy = permissions(PLACE, role)
        name = "arn:aws:s3:::artifacts/wombat/wombat.json"
        assert not allows(policy, "s3:PutObject", name, {"s3:if-none-match": "*"})
        assert not allows(policy, "s3:DeleteObject", name, {})


def test_a_collection_needs_no_more_than_its_role(tmp_path: Path) -> None:
    """It closes, dooms, compacts and deletes, and could take away no ref and no run."""
    now = [1_800_000_000.0]
    blobs = MemoryBlobs(clock=lambda: now[0])
    clocks = Clocks(elapsed=lambda: now[0], wall=lambda: now[0])
    for number in range(3):
        work(opened(blobs, "trusted", "t/shop"), tmp_path / "in", str(number), number)
    before = set(blobs.objects)
    store = opened(blobs, "gc", "t/shop")
    # Longer than runs keep what they made; then from one pass to the next.
    for hours in (240, 25, 25):
        now[0] += hours * 3600
        collect(store.space, Retention(Rules(0, 0)), apply=True, large=True, clocks=clocks)
    assert "s3:DeleteObject" in {action for action, _ in asked(store)}
    gone = before - set(blobs.objects)
    assert any(key.startswith("t/shop/p/") for key in gone)
    assert not [key for key in gone if key.startswith(("t/shop/refs/", "t/shop/runs/"))]
    store.close("p", "main", time=TIME)
    for role in ("trusted", "untrusted", "reader"):
        with pytest.raises(StoreDenied):
            opened(blobs, role, "t/shop").blobs.delete(["t/shop/p/ab/x"])  # type: ignore[arg-type]
