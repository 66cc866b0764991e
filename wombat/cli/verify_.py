"""`wombat verify`: whether the store holds what it promises, and mending what it doesn't."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.api.verifying import Verified
    from wombat.cli.console import Console
    from wombat.store.verify import Fault

LINES: Final = 5


@click.command(
    epilog="Example:  wombat verify --read-data    or    wombat verify --repair --from data/orders"
)
@click.argument("pipelines", nargs=-1, metavar="[PIPELINE]…")
@click.option("--read-data", is_flag=True, help="Read every byte too, not only what leads to it.")
@click.option(
    "--repair", "mend", is_flag=True, help="Store good copies of what is damaged beside it."
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A file or folder of yours that may hold what was lost.",
)
@click.option(
    "--choose",
    metavar="RUN",
    help="Whose version a branch gets where its newest record is damaged and nothing proves it.",
)
@common
def verify(
    console: Console,
    pipelines: tuple[str, ...],
    *,
    read_data: bool,
    mend: bool,
    source: Path | None,
    choose: str | None,
) -> int:
    """Look whether the store holds what its refs and runs promise; exit 14 where it doesn't.

    Every record and manifest is read, and of every pack its size and table; all of it where a pull
    met damage, and of every pack with --read-data. What is damaged is told by the refs, runs and
    files behind it. With --repair good copies are looked for in the zones and stores that may be
    read, and in PATH; that needs the right to write. Nothing is deleted or overwritten.
    """
    from wombat.api.verifying import verify as verify_store
    from wombat.cli.progress import transfer

    place = console.folder / source if source is not None else None
    with transfer(console, "verify") as progress:
        done = verify_store(
            console.folder,
            pipelines,
            read_data=read_data,
            mend=mend,
            source=place,
            choose=choose,
            progress=progress,
        )
    console.result(_text(done), _tree(done))
    return 0 if done.report.sound else 14


def _text(done: Verified) -> str:
    report = done.report
    looked = (
        f"{done.zone}: {report.records:,} records, {report.artifacts:,} artifacts, "
        f"{report.packs:,} packs of {report.bytes:,} bytes"
    )
    lines = [line for fault in report.faults for line in _fault(fault)]
    lines += [f"repaired {key}" for key in sorted(done.repaired.written)]
    for key, runs in sorted(done.repaired.choices.items()):
        lines += [
            f"nothing proves what {key} was; say which run's version shall stand there:",
            f"  wombat verify --repair --choose RUN   with one of {', '.join(runs[-LINES:])}",
        ]
    bad = sum(not fault.healed for fault in report.faults)
    ending = "sound" if not bad else f"{bad} damaged"
    read = "" if report.read_data else "; data not read, see --read-data"
    return "\n".join([*lines, f"{looked}: {ending}{read}"])


def _fault(fault: Fault) -> list[str]:
    """What is wrong, whom it concerns, and which files are lost."""
    state = "healed" if fault.healed else "damaged"
    reason = fault.reason
    if reason.startswith(f"{fault.key} "):
        reason = f"it{reason.removeprefix(fault.key)}"  # its name stands above
    lines = [f"{state}: {fault.key}", f"  {reason}"]
    lines += [f"  named by {one}" for one in fault.witnesses[:LINES]]
    if len(fault.witnesses) > LINES:
        lines.append(f"  and {len(fault.witnesses) - LINES} more")
    if not fault.healed:
        lines += [f"  lost: {path}" for path in fault.files[:LINES]]
        if fault.lost > LINES:
            lines.append(f"  and {fault.lost - LINES:,} more files")
    return lines


def _tree(done: Verified) -> dict[str, object]:
    report = done.report
    return {
        "zone": done.zone,
        "sound": report.sound,
        "read_data": report.read_data,
        "records": report.records,
        "artifacts": report.artifacts,
        "packs": report.packs,
        "bytes": report.bytes,
        "faults": [
            {
                "key": fault.key,
                "kind": fault.kind,
                "reason": fault.reason,
                "healed": fault.healed,
                "files": list(fault.files),
                "lost": fault.lost,
                "named_by": [
                    {"record": w.record, "text": w.text, "output": w.output}
                    for w in fault.witnesses
                ],
            }
            for fault in report.faults
        ],
        "repaired": done.repaired.written,
        "choices": done.repaired.choices,
    }


COMMAND: Final = verify
