"""What generated tests draw is the same in every run: the profile reaches every one of them."""

from __future__ import annotations

import os
import subprocess
import sys

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


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


def test_no_generated_test_is_judged_by_a_clock(request):
    """A busy machine draws as slowly as it likes."""
    timed = []
    for item in request.session.items:
        found = getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None)
        if found and (found.deadline or HealthCheck.too_slow not in found.suppress_health_check):
            timed.append(item.nodeid)
    assert timed == []


ALONE = """
from tests.same import profiles
profiles()
from tests.tools.test_drawn import drawn
before = drawn()
import importlib, pkgutil, wombat.language
for found in pkgutil.iter_modules(wombat.language.__path__):
    importlib.import_module(f"wombat.language.{found.name}")
print(before == drawn(), before)
"""


def drawn() -> list[object]:
    """What a test of numbers and texts is given: of a thousand, some are constants."""
    given_to: list[object] = []

    @settings(max_examples=1000, derandomize=True, database=None)
    @given(st.tuples(st.integers(), st.text(max_size=12), st.floats(), st.binary(max_size=8)))
    def look(found: object) -> None:
        given_to.append(ascii(found))

    look()
    return given_to


def test_what_was_imported_before_chooses_no_example():
    """A process of its own, before and after it imported more of ours, and this one, which by now
    imported what other tests need."""
    asked = [sys.executable, "-c", ALONE]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert said == f"True {drawn()}\n"
