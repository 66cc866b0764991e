"""Each setting has its value from the right place, and says from where."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat.errors import UsageFault
from wombat.settings import NAME, Facts, Setting, project_name, read_settings

ROOT = Path("/somewhere/My Shop")
CI = Facts(in_ci=True, released=True, repository=lambda: "shop", cores=4)
HERE = Facts(cores=4)


def read(facts=HERE, file=None, flags=None, **environ):
    return read_settings(ROOT, facts, file=file, flags=flags, environ=environ)


def test_flag_over_environment_over_file_over_default():
    file = {"project": "infile"}
    flags = {"project": "flagged"}
    environ = {"WOMBAT_PROJECT": "variable"}
    assert read(file=file, flags=flags, **environ).project == Setting(
        "project", "flagged", "--project"
    )
    assert read(file=file, **environ).project == Setting("project", "variable", "WOMBAT_PROJECT")
    assert read(file=file).project == Setting("project", "infile", "wombat.yml")
    assert read().project == Setting("project", "my-shop", "default")
    assert read(CI).project.value == "shop"


def test_in_ci_the_store_comes_from_the_variable_alone():
    elsewhere = {"store": "s3://elsewhere"}
    settings = read(CI, file=elsewhere)
    assert settings.store.value is None
    with pytest.raises(UsageFault) as caught:
        _ = settings.store_address
    assert caught.value.code == "store-not-set"
    assert read(CI, file=elsewhere, WOMBAT_STORE="s3://ours").store_address == "s3://ours"
    assert read(file=elsewhere).store_address == "s3://elsewhere"
    assert read().store == Setting("store", str(ROOT / ".wombat" / "store"), "default")


def test_where_there_may_be_a_ci_no_server_comes_from_the_file():
    maybe = Facts(automated=True)
    for name in ("store", "upstream"):
        assert getattr(read(maybe, file={name: "s3://elsewhere"}), name).value is None
        assert getattr(read(maybe, file={name: "/a/folder"}), name).value == "/a/folder"
        assert getattr(read(maybe, file={name: "file:///a"}), name).value == "file:///a"
    with pytest.raises(UsageFault) as caught:
        _ = read(maybe, file={"store": "s3://elsewhere"}).store_address
    assert caught.value.code == "store-not-set"
    assert read(maybe, file={"store": "s3://x"}, WOMBAT_STORE="s3://ours").store_address
    assert read(maybe).store.origin == "default"


def test_the_role_is_that_of_the_zone():
    roles = {"WOMBAT_ROLE_TRUSTED": "arn:t", "WOMBAT_ROLE_UNTRUSTED": "arn:u"}
    trusted = read(CI, WOMBAT_ZONE="t", **roles)
    assert trusted.role == Setting("role", "arn:t", "WOMBAT_ROLE_TRUSTED")
    assert read(CI, **roles).role.value == "arn:u"
    asked = Facts(in_ci=True, merge_request=True)
    assert read(asked, WOMBAT_ZONE="t", **roles).role.value == "arn:u"
    assert read(**roles).role == Setting("role", None, "default")
    assert read(CI, WOMBAT_ZONE="t", WOMBAT_ROLE_TRUSTED="").role.value is None


def test_an_empty_variable_is_unset():
    assert read(CI, WOMBAT_STORE="", WOMBAT_ZONE="").zone == Setting("zone", "u", "default")


@pytest.mark.parametrize(
    ("facts", "environ", "zone"),
    [
        (HERE, {}, "local"),
        (CI, {}, "u"),
        (CI, {"WOMBAT_ZONE": "t"}, "t"),
        (Facts(in_ci=True, merge_request=True), {"WOMBAT_ZONE": "t"}, "u"),
    ],
)
def test_zone(facts, environ, zone):
    assert read(facts, **environ).zone.value == zone


@pytest.mark.parametrize(
    ("facts", "profile"),
    [
        (CI, "production"),
        (Facts(in_ci=True), "development"),
        (Facts(released=True), "development"),
    ],
)
def test_profile_by_branch(facts, profile):
    assert read(facts).profile == Setting("profile", profile, "default")
    assert read(facts, flags={"profile": "staging"}).profile.origin == "--profile"
    assert read(facts, WOMBAT_PROFILE="staging").profile.value == "staging"


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({"WOMBAT_ZONE": "trusted"}, "invalid-zone"),
        ({"WOMBAT_PROFILE": "Prod!"}, "invalid-profile"),
        ({"WOMBAT_PROJECT": "a/b"}, "invalid-project"),
        ({"WOMBAT_JOBS": "0"}, "invalid-jobs"),
        ({"WOMBAT_JOBS": "many"}, "invalid-jobs"),
    ],
)
def test_values_of_the_wrong_kind(environ, code):
    with pytest.raises(UsageFault) as caught:
        read(**environ)
    assert caught.value.code == code
    assert next(iter(environ)) in str(caught.value)


@given(st.text())
def test_every_folder_makes_a_project(text):
    assert NAME.fullmatch(project_name(text))


def test_what_a_child_was_told_by_its_trigger():
    told = {"WOMBAT_GIVEN": "day=monday"}
    assert read(CI, **told).params == Setting("params", "day=monday", "WOMBAT_GIVEN")
    assert read(CI, **told, WOMBAT_PARAMS="day=friday").params.value == "day=friday"
    assert read(CI, WOMBAT_GIVEN="$WOMBAT_PARAMS").params.value is None
    assert read(CI, WOMBAT_GIVEN="").params.value is None
    told = {"WOMBAT_FORCED": "churn/load"}
    assert read(CI, **told).force == Setting("force", "churn/load", "WOMBAT_FORCED")
    assert read(CI, **told, WOMBAT_FORCE="churn").force.value == "churn"
    assert read(CI, WOMBAT_FORCED="$WOMBAT_FORCE").force.value is None
