"""The proof of edges: what one schema says of frames that another accepts."""

from __future__ import annotations

from wombat.schema.proof.collected import collected
from wombat.schema.proof.evolution import Evolution, evolve
from wombat.schema.proof.relate import relate
from wombat.schema.proof.verdict import Verdict

__all__ = ["Evolution", "Verdict", "collected", "evolve", "relate"]
