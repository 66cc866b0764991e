"""Origins as git writes them; the CI's own words; flags before both."""

from __future__ import annotations

import pytest

from wombat.errors import UsageFault
from wombat.forge.address import find_address

HERE = ("https://gitlab.example.com/api/v4", "group/sub/shop")
CI = {"GITLAB_CI": "true", "CI_API_V4_URL": "https://ci.example.com/gl/api/v4",
      "CI_PROJECT_PATH": "team/shop"}  # fmt: skip


@pytest.mark.parametrize(
    ("origin", "interface"),
    [
        ("git@gitlab.example.com:group/sub/shop.git", HERE[0]),
        ("gitlab.example.com:group/sub/shop", HERE[0]),
        ("ssh://git@gitlab.example.com/group/sub/shop.git", HERE[0]),
        ("ssh://git@gitlab.example.com:2222/group/sub/shop.git", HERE[0]),
        ("https://gitlab.example.com/group/sub/shop.git", HERE[0]),
        ("https://gitlab.example.com/group/sub/shop/", HERE[0]),
        ("https://me:token@gitlab.example.com/group/sub/shop.git", HERE[0]),
        ("https://gitlab.example.com:8443/group/sub/shop", "https://gitlab.example.com:8443/api/v4"),
    ],
)  # fmt: skip
def test_origins(origin, interface):
    found = find_address({}, origin)
    assert (found.interface, found.project) == (interface, HERE[1])


def test_a_job_s_words_and_flags():
    origin = "git@gitlab.example.com:group/sub/shop.git"
    found = find_address(CI, origin)
    assert (found.interface, found.project) == ("https://ci.example.com/gl/api/v4", "team/shop")
    assert found.host == "ci.example.com"
    given = find_address(CI, origin, server="gl.example.org", repository="a/b.c")
    assert (given.interface, given.project) == ("https://gl.example.org/api/v4", "a/b.c")
    assert find_address({"CI_PROJECT_PATH": "x/y"}, origin).project == "group/sub/shop"


@pytest.mark.parametrize(
    ("origin", "flags"),
    [
        (None, {}), ("/srv/git/shop.git", {}), ("file:///srv/shop.git", {}), ("../shop", {}),
        ("git@gitlab.example.com:shop", {}), ("https://[::1/a/b", {}), ("https://g:x/a/b", {}),
        (None, {"server": "https://g.example.com"}), (None, {"repository": "a/b"}),
        (None, {"server": "https://g.example.com", "repository": "a/b?x"}),
        (None, {"server": "https://g.example.com", "repository": "shop"}),
    ],
)  # fmt: skip
def test_what_says_nothing(origin, flags):
    with pytest.raises(UsageFault) as caught:
        find_address({}, origin, **flags)
    assert caught.value.code == "forge-address"
    assert caught.value.hint
