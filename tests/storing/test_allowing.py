"""Credentials don't go where a repository's file says, unless their owner says so, too."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from wombat.ci import AUTOMATED, automated
from wombat.errors import UsageFault
from wombat.store.s3.allowing import check_written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINIO = "https://minio.example.com"
ROLE = "arn:aws:iam::123456789012:role/theirs"


@pytest.mark.parametrize(
    "address",
    [
        "s3://artifacts",
        "s3://artifacts?region=eu-central-1",
        "s3://artifacts?endpoint=https://s3.eu-central-1.amazonaws.com",
        "s3://artifacts?endpoint=https://s3.dualstack.us-west-2.amazonaws.com",
        "s3://artifacts?endpoint=https://s3.cn-north-1.amazonaws.com.cn",
        "s3://artifacts?endpoint=http://127.0.0.1:9000",
        f"s3://artifacts?role={ROLE}",
    ],
)
def test_amazon_and_this_machine_are_fine(address: str) -> None:
    check_written(address, {})


@pytest.mark.parametrize(
    "endpoint",
    [
        MINIO,
        "https://ec2-1-2-3-4.eu-central-1.compute.amazonaws.com",
        "https://abc.execute-api.eu-central-1.amazonaws.com",
        "https://s3.evil.elb.amazonaws.com",
        "https://s3.amazonaws.com.evil.example",
        "https://evil.example/s3.amazonaws.com",
        "http://minio.lan:9000&allow_http=true",
        "http://s3.eu-central-1.amazonaws.com&allow_http=true",
    ],
)
def test_others_have_to_be_named_by_the_user(endpoint: str) -> None:
    with pytest.raises(UsageFault) as caught:
        check_written(f"s3://artifacts?endpoint={endpoint}", {})
    assert caught.value.code == "endpoint-not-allowed"
    hint = caught.value.hint or ""
    name, _, value = hint.rpartition(" ")[2].partition("=")
    check_written(f"s3://artifacts?endpoint={endpoint}", {name: value})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WOMBAT_ALLOW_ENDPOINT", "minio.example.com"),
        ("WOMBAT_ALLOW_ENDPOINT", "other.example, minio.example.com"),
        ("WOMBAT_ALLOW_ENDPOINT", f"{MINIO}/"),
        ("AWS_ENDPOINT_URL_S3", MINIO),
        ("AWS_ENDPOINT_URL", MINIO),
    ],
)
def test_how_a_user_names_it(variable: str, value: str) -> None:
    check_written(f"s3://artifacts?endpoint={MINIO}", {variable: value})
    for other in ("https://minio.example.com.evil.example", "https://example.com"):
        with pytest.raises(UsageFault):
            check_written(f"s3://artifacts?endpoint={other}", {variable: value})
    plain = "http://minio.example.com&allow_http=true"
    with pytest.raises(UsageFault):
        check_written(f"s3://artifacts?endpoint={plain}", {variable: value})


@pytest.mark.parametrize("variable", ["WOMBAT_ID_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE"])
def test_no_identity_is_handed_out_for_a_role_of_a_file(variable: str) -> None:
    with pytest.raises(UsageFault, match="role") as caught:
        check_written(f"s3://artifacts?role={ROLE}", {variable: "x"})
    assert caught.value.code == "endpoint-not-allowed"


def test_what_may_be_a_ci() -> None:
    assert not automated({})
    assert not automated({"CI": "false", "KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    assert not automated({"AWS_WEB_IDENTITY_TOKEN_FILE": "token"})
    for name in ("CI", *AUTOMATED):
        assert automated({name: "true"})
    assert automated({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "AWS_WEB_IDENTITY_TOKEN_FILE": "t"})


class _Listener:
    """Counts requests, and answers none of them well."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.asked.append(self.path)
                self.send_error(500)

            do_GET = do_PUT = do_HEAD = do_POST

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()


@pytest.fixture
def listener() -> Iterator[_Listener]:
    one = _Listener()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.mark.parametrize(
    "surroundings",
    [
        {"CI": "true", "JENKINS_URL": "https://jenkins.example"},
        {"BUILDKITE": "true"},
        {"KUBERNETES_SERVICE_HOST": "10.0.0.1"},
    ],
)
@pytest.mark.parametrize("word", ["store", "upstream"])
def test_nothing_is_asked_of_a_server_that_a_file_names(
    tmp_path: Path, listener: _Listener, surroundings: dict[str, str], word: str
) -> None:
    """Even one on this machine: there, jobs of others may listen."""
    port = listener.server.server_address[1]
    address = f"s3://artifacts/w?endpoint=http://127.0.0.1:{port}&role={ROLE}"
    (tmp_path / "wombat.yml").write_text(f'project: shop\n{word}: "{address}"\n')
    (tmp_path / "token").write_text("an identity")
    told = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"), **surroundings}
    done = subprocess.run(
        [sys.executable, "-m", "wombat", "ls"],
        cwd=tmp_path,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert listener.asked == []
    said = {"store": "error[store-not-set]", "upstream": "there is no store at"}
    assert said[word] in done.stderr


@pytest.mark.parametrize("verb", [["ls"], ["push"], ["store", "probe"]])
@pytest.mark.parametrize("word", ["store", "upstream"])
def test_no_verb_goes_to_a_server_that_nobody_allowed(
    tmp_path: Path, verb: list[str], word: str
) -> None:
    address = "s3://artifacts/w?endpoint=https://elsewhere.invalid"
    (tmp_path / "wombat.yml").write_text(f'project: shop\n{word}: "{address}"\n')
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}
    done = subprocess.run(
        [sys.executable, "-m", "wombat", *verb],
        cwd=tmp_path,
        env={**os.environ, **keys},
        capture_output=True,
        text=True,
        check=False,
    )
    if (verb, word) == (["store", "probe"], "upstream"):
        assert "elsewhere.invalid" not in done.stderr
        return
    if (verb, word) == (["push"], "store"):
        assert "upstream-not-set" in done.stderr
        return
    assert done.returncode == 2
    assert "endpoint-not-allowed" in done.stderr
    assert "export WOMBAT_ALLOW_ENDPOINT=elsewhere.invalid" in done.stderr
