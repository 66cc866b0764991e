"""Where credentials come from, how long they last, and that nothing says what they are."""

from __future__ import annotations

import json
import logging
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.storing.service import ROLE, Service, identity
from wombat.errors import StoreDenied, StoreUnreachable, UsageFault, WombatError
from wombat.store.s3.address import acting, parse_address
from wombat.store.s3.credentials import Provider, provider

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path


def of(service: Service | None = None, role: str | None = ROLE) -> Provider:
    """The provider of a bucket whose server gives out tokens too, as MinIO's and Ceph's do."""
    query = f"?endpoint={service.url}" if service else "?region=eu-central-1"
    return provider(parse_address(acting(f"s3://shop/store{query}", role)))


def test_keys_of_the_environment_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SK")
    got = of(role=None)()
    assert (got["access_key_id"], got["secret_access_key"]) == ("AK", "SK")
    assert got["token"] is None
    assert got["expires_at"] is None


def test_a_profile_of_the_shared_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = D\naws_secret_access_key = S\n"
        "[shop]\naws_access_key_id = P\naws_secret_access_key = Q\n"
    )
    assert of(role=None)()["access_key_id"] == "D"
    monkeypatch.setenv("AWS_PROFILE", "shop")
    assert of(role=None)()["access_key_id"] == "P"


def test_a_role_is_assumed_with_ones_own_keys(
    sts: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SK")
    got = of(sts)()
    assert got["access_key_id"] == "CANARYKEY0000"
    assert sts.asked[0]["RoleArn"] == ROLE
    assert "Credential=AK/" in sts.asked[0]["Authorization"]


def test_a_jobs_token_becomes_the_roles_credentials(
    sts: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WOMBAT_ID_TOKEN", identity())
    monkeypatch.setenv("CI_JOB_ID", "4711")
    # A key at hand doesn't matter where the address names a role.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SK")
    asks = of(sts)
    got = asks()
    assert got["token"] == "CANARYSESSION0000"
    assert got["expires_at"] is not None
    assert asks() is got
    assert len(sts.asked) == 1
    assert sts.asked[0]["RoleSessionName"] == "wombat-4711"
    assert sts.asked[0]["Authorization"] == ""


def test_the_standard_variables_mean_what_they_mean_elsewhere(
    sts: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its file is read at each exchange: who writes it writes new ones there."""
    file = tmp_path / "token"
    file.write_text(f"{identity(seconds=-1)}\n")
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(file))
    asks = of(sts, role=None)
    with pytest.raises(StoreDenied):
        asks()
    file.write_text(f"{identity()}\n")
    assert asks()["access_key_id"] == "CANARYKEY0000"


class Later(datetime):
    """A clock that is ahead by `ahead` seconds."""

    ahead = 0.0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + timedelta(seconds=cls.ahead)


def test_they_are_renewed_before_they_end(sts: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOMBAT_ID_TOKEN", identity())
    monkeypatch.setattr("wombat.store.s3.credentials.datetime", Later)
    monkeypatch.setattr(Later, "ahead", 0.0)
    asks = of(sts)
    first = asks()
    Later.ahead = 3600 - 300 - 100
    assert asks() is first
    Later.ahead = 3600 - 300
    second = asks()
    assert second["access_key_id"] == "CANARYKEY0003"
    assert first["expires_at"] is not None
    assert Later.now(UTC) < first["expires_at"]


def test_a_failed_renewal_is_no_error_while_the_old_ones_last(
    sts: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WOMBAT_ID_TOKEN", identity())
    sts.seconds = 33
    asks = of(sts)
    first = asks()
    monkeypatch.setenv("WOMBAT_ID_TOKEN", identity(seconds=-1))
    asks._renew = first["expires_at"].__class__.now(first["expires_at"].tzinfo)
    assert asks() is first
    assert asks.fault is not None
    assert asks.fault.code == "store-token-expired"
    assert len(sts.asked) == 2
    assert asks() is first
    assert len(sts.asked) == 2


def test_forgotten_they_are_asked_for_again(sts: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOMBAT_ID_TOKEN", identity())
    asks = of(sts)
    asks()
    asks.forget()
    assert asks()["access_key_id"] == "CANARYKEY0003"


def test_many_threads_ask_once(sts: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOMBAT_ID_TOKEN", identity())
    asks = of(sts)
    got: list[str] = []
    threads = [
        threading.Thread(target=lambda: got.append(asks()["access_key_id"])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["CANARYKEY0000"] * 8


def test_one_bad_answer_is_asked_again(sts: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOMBAT_ID_TOKEN", identity())
    sts.failing = [(500, "InternalFailure")]
    assert of(sts)()["access_key_id"] == "CANARYKEY0000"


FAILURES = {
    "forged": ({"key": b"another issuer's"}, [], StoreDenied, "store-denied"),
    "another branch": ({"sub": "project_path:group/shop:ref_type:branch:ref:x"}, [], *(
        StoreDenied, "store-denied",
    )),
    "another audience": ({"aud": "https://elsewhere"}, [], StoreDenied, "store-denied"),
    "expired": ({"seconds": -1}, [], StoreDenied, "store-token-expired"),
    "expired, and said in other words": (
        {"seconds": -1}, [(400, "InvalidIdentityToken")], StoreDenied, "store-token-expired",
    ),
    "down": ({}, [(503, "ServiceUnavailable")] * 3, StoreUnreachable, "store-unreachable"),
    "throttled": ({}, [(400, "Throttling")] * 3, StoreUnreachable, "store-unreachable"),
}  # fmt: skip


SLOW = {"down", "throttled"}
"""boto3 waits between its three tries."""


@pytest.mark.parametrize(
    "case",
    [pytest.param(one, marks=[pytest.mark.slow] if one in SLOW else []) for one in FAILURES],
)
def test_failures_have_their_type_and_say_no_secret(
    case: str,
    sts: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    claims, failing, kind, code = FAILURES[case]
    token = identity(**claims)
    monkeypatch.setenv("WOMBAT_ID_TOKEN", token)
    sts.failing = list(failing)
    asks = of(sts)
    with caplog.at_level(logging.INFO), pytest.raises(StoreUnreachable) as caught:
        asks()
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert asks.fault is caught.value
    _silent(asks, caught.value, caplog.text, token)


def test_success_says_no_secret(
    sts: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    token = identity()
    monkeypatch.setenv("WOMBAT_ID_TOKEN", token)
    asks = of(sts)
    with caplog.at_level(logging.INFO):
        asks()
    assert ROLE in repr(asks)
    _silent(asks, None, caplog.text, token, *sts.given)


def _silent(asks: Provider, fault: WombatError | None, logged: str, *secrets: str) -> None:
    """Neither the whole secret nor one of a token's parts is anywhere."""
    said = [repr(asks), str(asks.address), asks.address.text, logged]
    if fault is not None:
        said += [repr(fault), str(fault), fault.hint or "", repr(vars(fault))]
        said += traceback.format_exception(fault)
        chained = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
        assert chained is None
    parts = [part for secret in secrets for part in secret.split(".") if len(part) > 12]
    assert parts
    assert not [part for part in parts if any(part in text for text in said)]


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOMBAT_ID_TOKEN", identity())
    address = parse_address(acting("s3://shop?endpoint=http://127.0.0.1:9", ROLE))
    with pytest.raises(StoreUnreachable, match="answer: there is no way to it, or nobody"):
        provider(address)()


def test_nothing_to_go_by_says_what_was_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreDenied, match="expected AWS_ACCESS_KEY_ID") as caught:
        of(role=None)()
    assert caught.value.code == "store-credentials"
    with pytest.raises(StoreDenied, match="no identity to take it on with"):
        of()()
    monkeypatch.setenv("AWS_PROFILE", "nobody's")
    with pytest.raises(StoreDenied, match="there is no such profile"):
        of(role=None)()
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token")
    with pytest.raises(StoreDenied, match="can't be read"):
        of()()


def test_an_identity_goes_to_the_stores_server_and_nowhere_else(
    sts: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wombat.store.s3.sts import endpoint

    theirs = parse_address("s3://shop?endpoint=https://minio.example.com")
    assert endpoint(theirs) == "https://minio.example.com"
    amazon = parse_address("s3://shop?endpoint=https://s3.eu-central-1.amazonaws.com")
    assert endpoint(amazon) is None
    assert endpoint(parse_address("s3://shop")) is None
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"{sts.url}/")
    assert endpoint(theirs) == sts.url
    for wrong in ("http://sts.example.com", "http://169.254.169.254", "ftp://x"):
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", wrong)
        with pytest.raises(UsageFault):
            endpoint(theirs)


def test_a_profile_that_takes_on_a_role(
    sts: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By boto3's own means, which renew by themselves: they are asked again soon."""
    (tmp_path / "credentials").write_text(
        "[own]\naws_access_key_id = P\naws_secret_access_key = Q\n"
    )
    (tmp_path / "config").write_text(
        f"[profile ci]\nrole_arn = {ROLE}\nsource_profile = own\nregion = eu-central-1\n"
    )
    monkeypatch.setenv("AWS_PROFILE", "ci")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.url)
    got = of(sts, role=None)()
    assert got["token"] == "CANARYSESSION0000"
    assert got["expires_at"] is not None
    assert 0 < got["expires_at"].timestamp() - time.time() < 600
    assert "Credential=P/" in sts.asked[0]["Authorization"]


def test_the_containers_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"AccessKeyId": "C", "SecretAccessKey": "D", "Token": "E"}
    body["Expiration"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        got = of(role=None)()
    finally:
        server.shutdown()
        server.server_close()
    assert (got["access_key_id"], got["token"]) == ("C", "E")


def test_a_helper_program_that_fails_and_tells(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        "[default]\ncredential_process = sh -c 'echo CANARY-of-the-vault >&2; exit 1'\n"
    )
    asks = of(role=None)
    with pytest.raises(StoreDenied, match="the program or server that has them fails") as caught:
        asks()
    assert caught.value.code == "store-credentials"
    _silent(asks, caught.value, "", "CANARY-of-the-vault")
