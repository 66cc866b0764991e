"""`wombat du`: how much is stored, for what, and what a rule would free."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.api.measuring import Measured
    from wombat.cli.console import Console
    from wombat.store.gc.measure import Usage


def _days(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """Seconds."""
    if value is None:
        return None
    found = re.fullmatch(r"([0-9]{1,5})d", value)
    if found is None:
        raise click.BadParameter(f"'{value}' is no number of days; expected one as 30d")
    return int(found[1]) * 86_400.0


@click.command(epilog="Example:  wombat du churn --by branch && wombat du --keep-last 3")
@click.argument("address", required=False, metavar="[PIPELINE[/OUTPUT]]")
@click.option("--zone", type=click.Choice(["t", "u", "local"]), help="The zone to measure.")
@click.option(
    "--by", type=click.Choice(["pipeline", "output", "branch"]), help="What a line is of."
)
@click.option(
    "--keep-last",
    type=click.IntRange(min=0),
    metavar="N",
    help="What would keeping the last N versions of each branch free?",
)
@click.option(
    "--younger-than",
    metavar="DAYS",
    callback=_days,
    help="And those younger than, for example, 30d.",
)
@common
def du(
    console: Console,
    *,
    address: str | None,
    zone: str | None,
    by: Any,
    keep_last: int | None,
    younger_than: float | None,
) -> None:
    """Show how much is stored for each pipeline, output or branch.

    versions: the records that name them; files: what its distinct artifacts hold; stored: the packs
    and manifests that they need; alone: those that nothing else in the table needs; ratio: files by
    stored. With --keep-last or --younger-than also what these two rules would free, in place of
    those in wombat.yml.
    """
    from wombat.api.measuring import measure_zone

    done = measure_zone(
        console.folder, address, zone=zone, by=by, keep_last=keep_last, younger_than=younger_than
    )
    console.result("\n".join(_lines(done)), _tree(done))


TITLES: Final = ("", "versions", "artifacts", "files", "stored", "alone", "ratio")


def _lines(done: Measured) -> Iterator[str]:
    from wombat.cli.lines import amount

    rows = [TITLES, *(_row(usage) for usage in done.usages)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(TITLES))]
    yield done.zone
    for row in rows:
        cells = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        yield "  ".join([row[0].ljust(widths[0]), *cells])
    if done.frees is not None and done.let_go is not None:
        yield f"the present rules let go of {amount(done.let_go)}; these free {_more(done.frees)}"


def _row(usage: Usage) -> tuple[str, ...]:
    from wombat.cli.lines import amount

    sizes = (amount(usage.logical), amount(usage.stored), amount(usage.alone))
    counts = (f"{usage.versions:,}", f"{usage.artifacts:,}")
    return (usage.name or "together", *counts, *sizes, f"{usage.ratio:.1f}")


def _more(frees: int) -> str:
    from wombat.cli.lines import amount

    return f"{amount(frees)} more" if frees >= 0 else f"{amount(-frees)} less"


def _tree(done: Measured) -> dict[str, object]:
    from dataclasses import asdict

    rows = [{**asdict(usage), "ratio": round(usage.ratio, 3)} for usage in done.usages]
    return {
        "zone": done.zone,
        "rows": rows[:-1],
        "together": rows[-1],
        "let_go": done.let_go,
        "frees": done.frees,
    }


COMMAND: Final = du
