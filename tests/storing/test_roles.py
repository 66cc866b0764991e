"""Zones by credentials, on a real server: tokens of an issuer, roles, and what each may do."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.s3.conftest import servers as servers  # noqa: PLC0414 -- a fixture
from tests.s3.servers import ENVIRON, Server, client, seaweed
from tests.storing.issuer import Issuer, Key, publish
from tests.storing.service import AUDIENCE, ROLE, Service, identity
from tests.storing.test_policy import work
from tests.storing.test_template import PIPELINE
from wombat.api.doctor_store import look_at_rights
from wombat.api.policies import Wanted, policies, shown
from wombat.api.session import Session, open_session
from wombat.cli.entry import run
from wombat.errors import StoreDenied
from wombat.store import open_store
from wombat.store.probing import probe
from wombat.store.s3.address import acting, parse_address
from wombat.store.s3.credentials import provider
from wombat.store.s3.probe import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

SHOP = "project_path:group/shop:ref_type:branch:ref:"
TRUSTED, UNTRUSTED, COLLECTOR = (
    f"arn:aws:iam::role/wombat-shop-{one}" for one in ("trusted", "untrusted", "gc")
)


@dataclass
class Ground:
    """A SeaweedFS that knows the roles as `wombat store policy` prints them, and an issuer."""

    server: Server
    issuer: Issuer
    project: Path

    @property
    def address(self) -> str:
        return self.server.address("st")

    def token(self, ref: str, *, protected: bool, **words: Any) -> str:
        claims = {"sub": f"{SHOP}{ref}", "aud": AUDIENCE, "ref_protected": str(protected).lower()}
        return self.issuer.token(**{**claims, **words})

    def job(self, monkeypatch: pytest.MonkeyPatch, zone: str, token: str, **words: str) -> Session:
        """A job of GitLab with its variables, in the folder of the project."""
        variables = {
            "GITLAB_CI": "true",
            "CI": "true",
            "CI_PROJECT_NAME": "shop",
            "CI_COMMIT_BRANCH": "main",
            "CI_DEFAULT_BRANCH": "main",
            "WOMBAT_STORE": self.address,
            "WOMBAT_ROLE_TRUSTED": TRUSTED,
            "WOMBAT_ROLE_UNTRUSTED": UNTRUSTED,
            "WOMBAT_ZONE": zone,
            "WOMBAT_ID_TOKEN": token,
        }
        for name, value in {**variables, **words}.items():
            monkeypatch.setenv(name, value)
        return open_session(self.project)


@pytest.fixture(scope="module")
def key() -> Key:
    return Key.make()


@pytest.fixture(scope="module")
def ground(key: Key) -> Iterator[Ground]:
    issuer, keys = publish(key)
    folder = Path(tempfile.mkdtemp(prefix="wombat-roles-"))
    project = folder / "shop"
    project.mkdir()
    server = seaweed(folder)
    (folder / "iam.json").write_text(_config(project, server.address("st"), issuer))
    server.argv.append(f"-s3.iam.config={folder / 'iam.json'}")
    try:
        server.start()
        # An administrator makes the store; no role of CI could.
        form = {"v": 1, "id": "x", "hash": "blake3", "requires": [], "optional": []}
        s3 = client(server.endpoint)
        body = json.dumps({**form, "create": "atomic"}).encode()
        s3.put_object(Bucket="artifacts", Key="st/wombat.json", Body=body)
        yield Ground(server, issuer, project)
    finally:
        server.kill()
        keys.shutdown()
        keys.server_close()
        shutil.rmtree(folder, ignore_errors=True)


def _config(project: Path, address: str, issuer: Issuer) -> str:
    """What the verb prints, with a server's secret, and the issuer's address that a test has."""
    wanted = Wanted(
        address=address,
        server="https://gitlab.example.com",
        repository="group/shop",
        audience=AUDIENCE,
        gitlab="18.5",
        branches=("main",),
        collector="ops/gc",
    )
    text = shown(policies(open_session(project), wanted, "seaweedfs"), "seaweedfs")
    tree = json.loads(text.replace("https://gitlab.example.com", issuer.url))
    tree["sts"]["signingKey"] = base64.b64encode(secrets.token_bytes(32)).decode()
    return json.dumps(tree)


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of the server's own: what a job may do comes from its token alone."""
    for name in ENVIRON:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_a_protected_branch_publishes_and_a_merge_request_builds_on_it(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trusted = ground.job(monkeypatch, "t", ground.token("main", protected=True))
    assert trusted.settings.role.value == TRUSTED
    artifact = work(trusted.store, tmp_path / "in", "1")
    trusted.store.fetch_tree(artifact, tmp_path / "out")

    # Whatever the merge request says of its zone.
    token = ground.token("feature", protected=False)
    asked = ground.job(monkeypatch, "t", token, CI_MERGE_REQUEST_IID="3")
    assert (asked.zone, asked.settings.role.value) == ("u/shop", UNTRUSTED)
    assert asked.store.find_result("ab" * 32) is not None
    work(asked.store, tmp_path / "in", "2", 2)
    _refused(
        lambda: asked.store.blobs.create("t/shop/refs/p/heads/main/0", b"x"),
        lambda: asked.store.blobs.delete(["t/shop/runs/p/1/header"]),
        lambda: asked.store.blobs.delete(["u/shop/runs/p/2/header"]),
        lambda: list(asked.store.blobs.list("t/other/")),
    )
    monkeypatch.delenv("CI_MERGE_REQUEST_IID")
    again = ground.job(monkeypatch, "t", ground.token("main", protected=True))
    _refused(
        lambda: again.store.blobs.get("u/shop/runs/p/2/header"),
        lambda: list(again.store.blobs.list("u/shop/")),
        lambda: again.store.blobs.create("u/shop/runs/p/9/header", b"x"),
        lambda: again.store.blobs.create("wombat.json", b"x"),
    )
    assert again.zone == "t/shop"
    head = again.store.head("p", "main")
    assert head is not None
    assert head.run == "1"


def test_doctor_says_whose_credentials_these_are(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trusted = ground.job(monkeypatch, "t", ground.token("main", protected=True))
    trusted.store.create_header("p", "doctor", {"seed": 1})
    assert _seen(ground) == {
        "identity": ("good", f"web identity as {TRUSTED}; zone t/shop"),
        "writing": ("good", "these credentials write t/shop"),
        "deleting": ("good", "refused to these credentials in t/shop"),
        "other zone": ("good", "u/shop can't be read from here"),
    }
    before = _objects(ground)
    ground.job(monkeypatch, "u", ground.token("feature", protected=False))
    seen = _seen(ground)
    assert seen["identity"] == ("good", f"web identity as {UNTRUSTED}; zone u/shop")
    assert seen["other zone"] == ("good", "t/shop can't be written from here")
    # With the server's own keys instead: whoever opens a merge request could do all of this.
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    for name in ("WOMBAT_ROLE_UNTRUSTED", "WOMBAT_ROLE_TRUSTED"):
        monkeypatch.delenv(name)
    seen = _seen(ground)
    assert seen["identity"] == ("good", "the environment, no role; zone u/shop")
    assert seen["other zone"][0] == "wrong"
    assert seen["deleting"][0] == "note"
    monkeypatch.setenv("WOMBAT_ZONE", "t")
    assert _seen(ground)["other zone"][0] == "note"
    assert _objects(ground) == before


def _seen(ground: Ground) -> dict[str, tuple[str, str]]:
    found = list(look_at_rights(open_session(ground.project)))
    return {one.about: (one.state, one.text) for one in found}


def _objects(ground: Ground) -> dict[str, str]:
    listed = client(ground.server.endpoint).list_objects_v2(Bucket="artifacts", Prefix="st/")
    return {one["Key"]: one["ETag"] for one in listed["Contents"]}


def _refused(*verbs: Callable[[], Any]) -> None:
    for number, verb in enumerate(verbs):
        with pytest.raises(StoreDenied):
            pytest.fail(f"{number} gave {verb()}")


@pytest.mark.parametrize(
    "words",
    [
        {"ref": "feature", "protected": False},
        # A merge request from the trusted branch into another one: its subject is right.
        {"ref": "main", "protected": False},
        {"ref": "main2", "protected": True},
        {"ref": "main", "protected": True, "sub": f"{SHOP}main".replace("group", "mallory")},
        {"ref": "main", "protected": True, "aud": "https://elsewhere"},
        {"ref": "main", "protected": True, "seconds": -60},
        {"ref": "main", "protected": True, "iss": "https://gitlab.example.com"},
    ],
    ids=lambda words: "-".join(map(str, words.values())),
)
def test_nobody_else_takes_on_the_trusted_role(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, words: dict[str, Any]
) -> None:
    token = ground.token(**words)
    job = ground.job(monkeypatch, "t", token)
    with pytest.raises(StoreDenied) as caught:
        _ = job.store
    assert caught.value.code in ("store-denied", "store-token-expired")
    assert not [part for part in token.split(".") if part in str(caught.value)]


def test_a_token_that_nobody_signed(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    forged = ground.token("main", protected=True, key=Key.make())
    with pytest.raises(StoreDenied):
        _ = ground.job(monkeypatch, "t", forged).store


def test_motos_token_service(
    servers: Callable[[str], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It believes everything: only the exchange itself is shown."""
    server = servers("moto")
    monkeypatch.setenv("WOMBAT_ID_TOKEN", identity())
    got = provider(parse_address(acting(server.address("st"), ROLE)))()
    assert got["token"]
    assert got["expires_at"] is not None
    assert got["expires_at"].timestamp() > time.time() + 600
    store = open_store(acting(server.address(secrets.token_hex(4)), ROLE), project="p", zone="t")
    store.create_header("p", "1", {"seed": 1})
    assert store.header("p", "1") == {"seed": 1}


def test_a_long_task_goes_on_with_new_credentials(
    servers: Callable[[str], Server], sts: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """obstore asks before the old ones end."""
    server = servers("moto")
    monkeypatch.setenv("WOMBAT_ID_TOKEN", identity())
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.url)
    sts.seconds = 2
    address = acting(server.address(secrets.token_hex(4)), ROLE)
    store = open_store(address, project="p", zone="t")
    until, number = time.monotonic() + 60, 0
    while len(sts.asked) < 3 and time.monotonic() < until:
        number += 1
        store.create_header("p", f"r{number}", {"seed": number})
        time.sleep(0.2)
    assert len(sts.asked) >= 3
    assert len(store.runs("p")) == number


def test_a_token_that_ends_midway_is_said_as_such(
    servers: Callable[[str], Server], sts: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever was asked of the store just then, with the way out and no secret."""
    server = servers("moto")
    monkeypatch.setenv("WOMBAT_ID_TOKEN", identity())
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.url)
    sts.seconds = 1
    address = acting(server.address(secrets.token_hex(4)), ROLE)
    store = open_store(address, project="p", zone="t")
    store.create_header("p", "before", {"seed": 1})
    # A job's token is never another one: here it is as it is later, however slow what came before.
    token = identity(seconds=-1)
    monkeypatch.setenv("WOMBAT_ID_TOKEN", token)
    time.sleep(1.1)
    verbs: tuple[Callable[[], Any], ...] = (
        lambda: store.header("p", "before"),
        lambda: store.runs("p"),
        lambda: store.create_header("p", "after", {"seed": 2}),
        lambda: store.blobs.delete(["t/p/x"]),
    )
    for verb in verbs:
        with pytest.raises(StoreDenied) as caught:
            verb()
        assert caught.value.code == "store-token-expired"
        assert "timeout" in (caught.value.hint or "")
        said = "".join(traceback.format_exception(caught.value))
        assert not [one for one in (*token.split("."), *sts.given) if one in said]
    # With a new token the same process goes on.
    monkeypatch.setenv("WOMBAT_ID_TOKEN", identity())
    assert store.header("p", "before") == {"seed": 1}


def test_a_role_of_ci_probes_and_may_not_delete(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground.job(monkeypatch, "t", ground.token("main", protected=True))
    wire = Wire(parse_address(acting(ground.address, TRUSTED)))
    verdict = probe(wire, "t/shop", ways=4, rounds=2)
    facts = {fact.name: fact for fact in verdict.facts}
    assert verdict.usable
    assert verdict.create == "atomic"
    assert facts["deleting"].state == "good"
    assert [key for key in _objects(ground) if key.startswith("st/t/shop/probe/")]
    with pytest.raises(StoreDenied):
        probe(wire, "u/shop", ways=2, rounds=2)


def test_whole_verbs_need_no_more_than_the_roles(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A branch publishes; its merge request finds all of it, runs what it changed, and is read."""
    monkeypatch.chdir(ground.project)
    (ground.project / "pipelines").mkdir()
    file = ground.project / "pipelines" / "sums.yml"
    file.write_text(PIPELINE.replace("shop", "sums"))
    monkeypatch.setenv("CI_PIPELINE_ID", "1")
    monkeypatch.setenv("CI_PIPELINE_IID", "1")
    ground.job(monkeypatch, "t", ground.token("main", protected=True))
    for words in (["run", "sums"], ["ls", "sums"], ["log", "sums"], ["verify"]):
        assert run(words) == 0, words

    monkeypatch.setenv("CI_PIPELINE_ID", "2")
    monkeypatch.setenv("CI_PIPELINE_IID", "2")
    token = ground.token("feature", protected=False)
    request = {"CI_MERGE_REQUEST_IID": "3", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature"}
    ground.job(monkeypatch, "u", token, CI_COMMIT_BRANCH="", **request)
    selects = ["compile", "--to", "gitlab", "--out", "out", "--select"]
    assert run(selects) == 0
    assert "sums/load" not in (ground.project / "out" / "child.yml").read_text()
    file.write_text(file.read_text().replace("echo x", "echo y"))
    assert run(selects) == 0
    assert "sums/load" in (ground.project / "out" / "child.yml").read_text()
    for words in (["run", "sums"], ["pull", "sums/load.rows@main", "-o", str(tmp_path / "out")]):
        assert run(words) == 0, words
    assert any(key.startswith("st/u/shop/results/") for key in _objects(ground))

    # The collector's project has one role for every zone, and nobody else has it.
    monkeypatch.delenv("CI_MERGE_REQUEST_IID")
    collector = ground.token(
        "main", protected=True, sub=f"{SHOP}main".replace("group/shop", "ops/gc")
    )
    roles = dict.fromkeys(("WOMBAT_ROLE_TRUSTED", "WOMBAT_ROLE_UNTRUSTED"), COLLECTOR)
    ground.job(monkeypatch, "t", collector, **roles)
    for zone in ("t", "u"):
        assert run(["gc", "--apply", "--zone", zone]) == 0
        assert any(key.startswith(f"st/{zone}/shop/gc/") for key in _objects(ground))
    for token in (ground.token("main", protected=True), ground.token("x", protected=True)):
        ground.job(monkeypatch, "t", token, **roles)
        assert run(["gc"]) == 13
