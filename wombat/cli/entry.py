"""The group of verbs, and the one place where an error becomes an exit code."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from wombat.cli.console import Console, broken_pipe
from wombat.errors import DISK, DiskFault, Invalid, UsageFault, WombatError
from wombat.stopping import interruptible
from wombat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

_EVERYWHERE: Final = ("-q", "--quiet", "-v", "--verbose", "--json")
VERBS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "Every day": (
        ("init", "Begin a project: a pipeline, its schemas and its tasks."),
        ("check", "Find every mistake in pipelines and schemas; run nothing."),
        ("run", "Run a pipeline, or one of its tasks, here."),
        ("pull", "Fetch an artifact into a folder."),
        ("ls", "List pipelines, and what their refs hold."),
        ("show", "Show one artifact: type, size, schema, digest."),
        ("log", "Show the versions of a pipeline, newest first."),
        ("put", "Store a file or folder as an artifact."),
        ("plan", "Show what would run, and why; run nothing."),
        ("why", "Say which change makes a task run."),
        ("status", "Show what stands, what would run, and what went wrong."),
        ("compile", "Write a CI system's own configuration."),
        ("graph", "Draw the tasks and the data between them."),
        ("doctor", "Look for what is missing or odd on this machine."),
        ("rule", "Explain an error's code."),
    ),
    "More": (
        ("push", "Send what was made here to the store that others read."),
        ("add", "Lock another project's artifact, and pin it there."),
        ("remove", "Take an artifact out of the lock."),
        ("lock", "Bring wombat.lock up to what the pipelines take; upgrade entries."),
        ("diff", "Compare two versions of an artifact by their statistics."),
        ("lineage", "Show where an artifact comes from, or who takes it."),
        ("reproduce", "Do a task of an earlier run once more, with the same inputs."),
        ("tag", "Give a version of a pipeline a name that stays."),
        ("verify", "Look whether the store is whole; repair what isn't."),
        ("schema", "Show, infer, compare, import and export schemas; test data with them."),
        ("promote", "Make an earlier run's outputs the newest again."),
        ("schedule", "Show when pipelines run by themselves; sync GitLab's schedules."),
        ("lakefs", "Show what is published as files of a branch in lakeFS."),
        ("store", "Make a store, try its server, print the rights of its roles."),
        ("gc", "Show what nothing keeps any more, and let go of it."),
        ("du", "Show how much is stored, for what, and what a rule would free."),
        ("config", "Show the configuration, and where each value comes from."),
    ),
    "Plumbing": (
        ("exec", "Run one task of a run; what every CI job does."),
        ("publish", "Make a run's outputs the newest of their branch."),
        ("close", "Say that a branch of a pipeline is no more."),
        ("report", "Write a run's JUnit files again, from its records."),
    ),
}


class Verbs(click.Group):
    """Loads a verb's file when it is asked for; help shows the table, not the files."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return [name for verbs in VERBS.values() for name, _ in verbs]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"wombat.cli.{cmd_name}_")
        command: click.Command = module.COMMAND
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.list_commands(ctx):
            import difflib

            close = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            said = f" Did you mean '{close[0]}'?" if close else " See 'wombat --help'."
            raise click.UsageError(f"No verb '{name}'.{said}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        for title, verbs in VERBS.items():
            with formatter.section(title):
                formatter.write_dl(list(verbs))


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="VERB …",
    epilog="Example:  wombat init shop && cd shop && wombat check && wombat run shop",
)
@click.version_option(__version__, message="wombat %(version)s")
def group() -> None:
    """Check data pipelines, compile them into CI jobs, run them, fetch what they made."""


def run(words: Sequence[str]) -> int:
    """Runs one command line and returns its exit code; errors go to standard error."""
    words = _behind(words)
    Console.use(Console(json="--json" in words))
    with interruptible():
        return _run(words)


def _behind(words: Sequence[str]) -> list[str]:
    """What stands before the verb and is understood by each of them, behind its own words."""
    rest, moved = list(words), list[str]()
    while rest and rest[0].startswith("-"):
        if rest[0] in _EVERYWHERE:
            moved.append(rest.pop(0))
        elif rest[0] == "-C" and len(rest) > 1:
            moved += [rest.pop(0), rest.pop(0)]
        else:
            break
    end = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:end], *moved, *rest[end:]] if rest else list(words)


def _run(words: Sequence[str]) -> int:
    try:
        result = group.main(list(words), prog_name="wombat", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.ClickException as fault:
        return _misused(fault)
    except (click.Abort, KeyboardInterrupt):
        return _stopped("interrupted", 130)
    except SystemExit as stop:
        return _stopped("terminated", int(stop.code or 0))
    except BrokenPipeError:
        return broken_pipe()
    except WombatError as fault:
        return _report(fault)
    except Exception as fault:  # noqa: BLE001  # the door where a bug becomes its exit code
        if isinstance(fault, OSError) and fault.errno in DISK:
            return _report(DiskFault.of(fault))
        return _bug()
    return result if isinstance(result, int) else 0


def _misused(fault: click.ClickException) -> int:
    fault.show()
    if isinstance(fault, click.exceptions.NoArgsIsHelpError):
        return 0
    if Console.current().json:
        Console.current().failure(UsageFault(fault.format_message()))
    return fault.exit_code


def _stopped(word: str, code: int) -> int:
    Console.current().say_error(word)
    return code


def _report(fault: WombatError) -> int:
    console = Console.current()
    if isinstance(fault, Invalid):
        console.diagnostics(fault.diagnostics)
    else:
        console.fault(fault)
    if console.json:
        console.failure(fault)
    return fault.exit_code


def _bug() -> int:
    import platform
    import traceback

    traceback.print_exc()
    Console.current().say_error(
        f"error[bug] (exit 70): this is a bug in wombat {__version__} on Python "
        f"{platform.python_version()}, not in your pipeline; please report it with the lines above"
    )
    return 70
