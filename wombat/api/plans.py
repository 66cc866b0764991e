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

    from wombat.plan.ir import Plan


def plans_of(start: Path, *, only: Collection[str] = (), stored: bool = False) -> list[Plan]:
    """The plans of the project around `start`; runs no code. Raises Invalid.

    With `stored` edges to artifacts are judged by what their refs hold: StoreUnreachable, Absent
    without a store. Without, no store is read.
    """
    plans = list(compile_all(start, only=only).plans.values())
    if not stored:
        return plans
    from wombat.api.arrivals import stored_edges
    from wombat.api.session import open_session

    session = open_session(start)
    return [stored_edges(session, plan) for plan in plans]


def plan_as_text(plans: Collection[Plan], *, width: int) -> str:
    return plan_text(outline(plans), width=width)


def plan_as_markdown(plans: Collection[Plan]) -> str:
    """With a graph where it is small."""
    return plan_markdown(outline(plans), graph=as_mermaid(plans))


def plan_as_json(plans: Collection[Plan]) -> dict[str, Any]:
    """`pipelines`, each with its facts and tasks, and `counts`."""
    return asdict(outline(plans))
