"""Runs whose tasks run in this process: what is looked at is which of them do, not how."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

from wombat.errors import WombatError
from wombat.executor.faults import to_wire
from wombat.executor.perform import Outcome, perform

if TYPE_CHECKING:
    from pathlib import Path


class Here:
    """A worker's answers without its process; each request finds the project's modules unloaded."""

    alive = True

    def __init__(self, root: Path, *_: object) -> None:
        self.root = str(root)

    def ask(self, request: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
        self._unload()
        outcome, before = Outcome(), list(sys.path)
        sys.path.insert(0, self.root)
        kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        try:
            perform(request, outcome)
        except WombatError as error:
            return outcome.to_json() | {"fault": to_wire(error)}
        finally:
            sys.path[:] = before
            sys.dont_write_bytecode = kept
        return outcome.to_json()

    def _unload(self) -> None:
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(f"{self.root}/"):
                del sys.modules[name]
        importlib.invalidate_caches()

    def dismiss(self) -> None:
        self._unload()

    terminate = dismiss

    def stop(self, grace: float = 0) -> None:
        self._unload()


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Local runs start no process. Files are edited within one tick of a clock, so that nothing
    compiled may be kept."""
    monkeypatch.setattr("wombat.executor.pool.Worker", Here)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
