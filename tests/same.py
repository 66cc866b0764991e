"""Generated tests draw the same in every run: hypothesis's profiles, and what it says no word of.

Into what it draws, hypothesis mixes constants out of whatever local modules the process imported
by then (`derandomize` or not): the tests that ran before would choose the examples of the next.
"""

from __future__ import annotations

import os
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

# No clock judges a test: neither an example's own time, nor that of drawing it.
_CLOCKLESS: Final[dict[str, Any]] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
}
_WITHOUT: Final = type(providers._local_constants)()
_imported = providers._get_local_constants
_remembered: list[bool] = []


def _constants() -> object:
    """Those of imported modules only where draws are to be new. What was chosen from is remembered
    across tests: it is forgotten where the two kinds of tests meet."""
    same = settings.default is not None and settings.default.derandomize
    if _remembered != [same]:
        providers.CONSTANTS_CACHE.cache.clear()
        _remembered[:] = [same]
    return _WITHOUT if same else _imported()


def profiles() -> None:
    """Before any module of tests is loaded: `@settings` takes from here what it doesn't say."""
    settings.register_profile(
        "same", derandomize=True, database=None, print_blob=True, **_CLOCKLESS
    )
    settings.register_profile("new", derandomize=False, print_blob=True, **_CLOCKLESS)
    settings.load_profile("new" if os.environ.get("WOMBAT_SOAK") else "same")
    providers._get_local_constants = _constants
