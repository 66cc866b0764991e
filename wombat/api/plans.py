"""Plans for readers: outlined, as text, Markdown or JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wombat.api.project import compile_all
from wombat.review.graph import as_mermaid
from wombat.review.outline import outline
from wombat.review.plan_markdown import plan_markdown
from wombat.review.plan_text import plan_text

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from wombat.review.outline import Outline


def plan_outline(start: Path, *, only: Collection[str] = ()) -> Outline:
    """The outline of the project around `start`; reads no store, runs no code. Raises Invalid."""
    return outline(compile_all(start, only=only).plans.values())


def plan_as_text(start: Path, *, only: Collection[str] = (), width: int) -> str:
    return plan_text(plan_outline(start, only=only), width=width)


def plan_as_markdown(start: Path, *, only: Collection[str] = ()) -> str:
    """With a graph where it is small."""
    plans = compile_all(start, only=only).plans
    return plan_markdown(outline(plans.values()), graph=as_mermaid(plans.values()))


def plan_as_json(start: Path, *, only: Collection[str] = ()) -> dict[str, Any]:
    """`pipelines`, each with its facts and tasks, and `counts`."""
    return asdict(plan_outline(start, only=only))
