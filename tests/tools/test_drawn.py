"""What generated tests draw is the same in every run: the profile reaches every one of them."""

from __future__ import annotations

import os

from hypothesis import settings


def test_every_generated_test_draws_by_the_profile_of_the_run(request):
    """Of all that are collected with this one: `@settings` may have been made before it."""
    asked = request.config.getoption("--hypothesis-profile")
    if asked is None:
        assert settings.default.derandomize == (not os.environ.get("WOMBAT_SOAK"))
    made = {
        item.nodeid: found.derandomize
        for item in request.session.items
        if (found := getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None))
    }
    if settings.default.derandomize:
        assert [name for name, same in made.items() if not same] == []
