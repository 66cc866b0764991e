"""`wombat store policy`, as an administrator types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.storing.iam import allows
from wombat.cli.entry import run

if TYPE_CHECKING:
    from pathlib import Path

WHERE = ("--server", "https://gitlab.example.com", "--repository", "group/shop")
ADDRESS = "s3://artifacts/wombat"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GITLAB_CI", "CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def tree(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = run(["store", "policy", ADDRESS, *WHERE, *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_all_roles_of_the_own_project(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = tree(capsys, "--account", "123456789012", "--reads", "etl", "--reads", "shop")
    assert code == 0
    assert (found["bucket"], found["project"]) == ("artifacts", "shop")
    assert list(found["roles"]) == ["trusted", "untrusted", "reader", "gc"]
    assert [one["trust"] is None for one in found["roles"].values()] == [False, False, True, True]
    text = json.dumps(found)
    assert "arn:aws:iam::123456789012:oidc-provider/gitlab.example.com" in text
    assert "artifacts/wombat/t/etl/*" in text
    assert found["audience"] == "https://gitlab.example.com"
    _, found = tree(capsys, "--collector", "ops/gc")
    assert "project_path:ops/gc:ref_type:branch:ref:main" in json.dumps(found["roles"]["gc"])


def test_a_gitlab_below_a_path(capsys: pytest.CaptureFixture[str]) -> None:
    _, found = tree(capsys, "--server", "https://example.com/gitlab")
    assert found["audience"] == "https://example.com/gitlab"
    assert "oidc-provider/example.com/gitlab" in json.dumps(found["roles"]["trusted"]["trust"])
    assert "example.com/gitlab:sub" in json.dumps(found["roles"]["trusted"]["trust"])


def test_the_version_is_wombat_ymls(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "wombat.yml").write_text('gitlab: {version: "17.11"}\n')
    code, found = tree(capsys)
    assert (code, found["error"]["code"]) == (2, "policy-forks")
    assert tree(capsys, "--forks-apart")[0] == 0
    assert tree(capsys, "--gitlab", "18.2.2")[0] == 0
    assert tree(capsys, "--gitlab", "18.2")[1]["error"]["code"] == "policy-forks"
    assert tree(capsys, "--gitlab", "new")[1]["error"]["code"] == "gitlab-version"


def test_a_folder_has_no_roles(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["store", "policy", *WHERE])
    assert code == 2
    assert "expected s3://BUCKET/PREFIX" in capsys.readouterr().err


def test_without_a_gitlab_there_is_nobody_to_trust(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["store", "policy", ADDRESS]) == 2
    assert "error[forge-address]" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["json", "terraform", "seaweedfs"])
def test_what_is_for_tools_is_json(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    account = ("--account", "123456789012")
    assert run(["store", "policy", ADDRESS, *WHERE, *account, "--format", form]) == 0
    found = json.loads(capsys.readouterr().out)
    if form == "terraform":
        roles = found["resource"]["aws_iam_role"]
        assert set(roles) == {"wombat_shop_trusted", "wombat_shop_untrusted"}
        trusted = json.loads(roles["wombat_shop_trusted"]["assume_role_policy"])
        assert "ref:main" in json.dumps(trusted)
    if form == "seaweedfs":
        assert [one["roleName"] for one in found["roles"]] == [
            "wombat-shop-trusted",
            "wombat-shop-untrusted",
        ]
        # A secret is nothing that could be printed.
        assert found["sts"]["signingKey"].startswith("PUT HERE")
        assert "oidc:ref_protected" in json.dumps(found["roles"][0])
        assert "oidc:ref_protected" not in json.dumps(found["roles"][1])


@pytest.mark.parametrize(
    "words",
    [
        ("--account", "x"),
        ("--account", "12345678901"),
        ("--format", "terraform"),
        ("--format", "minio", "--create-only"),
        ("--format", "seaweedfs", "--create-only"),
    ],
)
def test_what_would_be_wrong_silently_is_refused(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["store", "policy", ADDRESS, *WHERE, *words]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert "--account" in said.err or "is no account" in said.err or "--create-only" in said.err


def test_people_read_documents_with_their_headings(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["store", "policy", ADDRESS, *WHERE, "--tag", "v*", "--create-only"]) == 0
    out = capsys.readouterr().out
    for words in ("# trusted: ", "# untrusted: ", "# reader: ", "# gc: ", "merged results", "v*"):
        assert words in out
    assert '"s3:if-none-match": "false"' in out
    assert "DeleteObject" in out


@pytest.mark.parametrize(
    ("ref", "zones"), [("main", {"t": "write", "u": None}), ("x", {"t": "read", "u": "write"})]
)
def test_minios_one_role_is_two_by_the_subject(
    ref: str, zones: dict[str, str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    """All of its policies hold at once for everybody with a token."""
    assert run(["store", "policy", ADDRESS, *WHERE, "--format", "minio"]) == 0
    policies = json.loads(capsys.readouterr().out)
    jobs = [policies[f"wombat-shop-{one}"] for one in ("trusted", "untrusted")]
    context = {"jwt:sub": f"project_path:group/shop:ref_type:branch:ref:{ref}"}
    stranger = {"jwt:sub": f"project_path:mallory/shop:ref_type:branch:ref:{ref}"}
    for zone, right in zones.items():
        name = f"arn:aws:s3:::artifacts/wombat/{zone}/shop/p/ab/x"
        may = {
            "read": any(allows(one, "s3:GetObject", name, context) for one in jobs),
            "write": any(allows(one, "s3:PutObject", name, context) for one in jobs),
        }
        assert may == {"read": right is not None, "write": right == "write"}
        listing = {"s3:prefix": f"wombat/{zone}/shop/p/"}
        bucket = "arn:aws:s3:::artifacts"
        lists = [allows(one, "s3:ListBucket", bucket, context | listing) for one in jobs]
        assert any(lists) == (right is not None)
        assert not any(allows(one, "s3:GetObject", name, stranger) for one in jobs)
