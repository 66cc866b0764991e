"""Random histories of many actors with faults: what was acknowledged stays, byte for byte."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.store.machine import OnDisk, StoreMachine, WithoutConditionalWrites

SOAK = bool(os.environ.get("WOMBAT_SOAK"))
STEPS = 50
"""Of one history; in CI together about 2,000 steps."""
HISTORIES = int(os.environ.get("WOMBAT_HISTORIES", "2000" if SOAK else "14"))

chosen = settings(
    max_examples=HISTORIES,
    stateful_step_count=STEPS,
    deadline=None,
    print_blob=True,
    # Shrinking a history takes long; who needs it adds Phase.shrink.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

TestMemory = pytest.mark.slow(StoreMachine.TestCase)
TestMemory.settings = chosen
TestWithoutConditionalWrites = pytest.mark.slow(WithoutConditionalWrites.TestCase)
TestWithoutConditionalWrites.settings = chosen
TestOnDisk = pytest.mark.slow(OnDisk.TestCase)
TestOnDisk.settings = settings(chosen, max_examples=max(1, HISTORIES * 5 // 7))
