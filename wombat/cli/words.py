"""Words of the command line that several verbs read: parameters, addresses of tasks."""

from __future__ import annotations

import click


def parameters(given: tuple[str, ...]) -> dict[str, str]:
    """`-P name=value` as a mapping; the last of a name wins."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"-P {text}: expected NAME=VALUE.")
        found[name] = value
    return found


def pipeline_and_task(text: str) -> tuple[str, str | None]:
    """`churn` or `churn/features`."""
    pipeline, slash, task = text.partition("/")
    if not pipeline or (slash and not task) or "/" in task:
        raise click.UsageError(f"'{text}' names no task; expected PIPELINE/TASK.")
    return pipeline, task or None
