"""Where words go: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import click

from wombat.printable import harmless, lines_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wombat.errors import Diagnostic, WombatError

STYLES: Final[dict[str, dict[str, Any]]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "note": {"fg": "cyan"},
    "hint": {"fg": "green"},
    "caret": {"fg": "red", "bold": True},
    "place": {"bold": True},
    "source": {"dim": True},
    "good": {"fg": "green"},
    "dim": {"dim": True},
    "bold": {"bold": True},
}
_BEYOND: Final = re.compile(r"[^\x20-\x7e\n]")


@dataclass
class Console:
    """What one command line says, and how much of it."""

    folder: Path = field(default_factory=Path.cwd)
    quiet: bool = False
    verbose: bool = False
    json: bool = False

    _current: ClassVar[Console | None] = None

    @classmethod
    def current(cls) -> Console:
        if cls._current is None:
            cls._current = Console()
        return cls._current

    @classmethod
    def use(cls, console: Console) -> Console:
        cls._current = console
        return console

    def result(self, text: str, tree: Any = None) -> None:
        """The command's answer: text, or with --json its tree."""
        _echo(_as_json(tree) if self.json else text)

    def say(self, text: str) -> None:
        """Something for a person to know; silent with -q and --json."""
        if not self.quiet and not self.json:
            _echo(text, err=True)

    def detail(self, text: str) -> None:
        if self.verbose:
            _echo(text, err=True)

    def say_error(self, text: str) -> None:
        _echo(text, err=True)

    def warning(self, text: str) -> None:
        """What went wrong and stops nothing."""
        self.say_error(f"{self.style('warning:', 'warning')} {lines_of(text)}")

    def style(self, text: str, role: str) -> str:
        """Styled where standard error is a terminal that may have colours."""
        colours = sys.stderr.isatty() and "NO_COLOR" not in os.environ
        return click.style(text, **STYLES[role]) if colours and role in STYLES else text

    def fault(self, fault: WombatError) -> None:
        head = self.style(f"error[{fault.code}]", "error")
        self.say_error(f"{head} (exit {fault.exit_code}): {lines_of(fault.message)}")
        if fault.hint:
            self.say_error(f"  {self.style('hint:', 'hint')} {lines_of(fault.hint)}")

    def failure(self, fault: WombatError) -> None:
        """With --json: what went wrong, as a tree on standard output."""
        from wombat.errors import Invalid

        tree: dict[str, Any] = {
            "error": {
                "code": fault.code,
                "exit": fault.exit_code,
                "message": fault.message,
                "hint": fault.hint,
            }
        }
        if isinstance(fault, Invalid):
            from wombat.review.diagnostics import as_json

            tree["diagnostics"] = as_json(fault.diagnostics)
        self.result("", tree)

    def diagnostics(self, found: Iterable[Diagnostic]) -> None:
        """Every diagnostic, then how many, to standard error."""
        from wombat.review.diagnostics import as_text, summary

        every = list(found)
        if every:
            self.say_error(as_text(every, self.folder, style=self.style, width=_width()))
            self.say_error(f"\n{summary(every)}; 'wombat rule {every[0].code}' explains the first")


def _width() -> int:
    """How wide tables may be: a terminal's width, else what most editors and logs show."""
    if not sys.stderr.isatty() and "COLUMNS" not in os.environ:
        return 140
    return shutil.get_terminal_size((140, 24)).columns


def _echo(text: str, *, err: bool = False) -> None:
    """The one way to both streams. What would steer a terminal, or a CI system, is escaped; so is
    what the stream can't take: half a surrogate pair, or all but ASCII."""
    stream = sys.stderr if err else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    shown = harmless(text, styled=stream is not None and stream.isatty())
    click.echo(shown.encode(encoding, "backslashreplace").decode(encoding), err=err)


def _as_json(tree: Any) -> str:
    """Readable, and escaped where a terminal would be steered: the standard's own escapes."""
    text = json.dumps(tree, indent=1, ensure_ascii=False)
    return _BEYOND.sub(lambda c: c[0] if c[0].isprintable() else json.dumps(c[0])[1:-1], text)


def keep_all_memory() -> None:
    """For verbs that build one large tree and end: looking for garbage in it finds none, and takes
    a third of the time."""
    import gc

    gc.disable()


def broken_pipe() -> int:
    """The reader has gone: nothing more can be said, and nothing is wrong."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def common(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a verb -C, -q, -v and --json, and its Console as the first argument."""
    import functools

    @click.option(
        "-C",
        "folder",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=Path(),
        metavar="DIR",
        help="Work as if started in DIR.",
    )
    @click.option("-q", "--quiet", is_flag=True, help="Say only what is asked for, and errors.")
    @click.option("-v", "--verbose", is_flag=True, help="Say more.")
    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
    @functools.wraps(function)
    def wrapped(*, folder: Path, quiet: bool, verbose: bool, as_json: bool, **rest: Any) -> Any:
        console = Console.use(Console(folder.resolve(), quiet, verbose, as_json))
        before = _requests()
        try:
            return function(console, **rest)
        finally:
            if verbose and _requests() > before:
                _say_requests(console)

    return wrapped


def _requests() -> int:
    """How many servers of objects were asked in this process; nothing is loaded for it."""
    client = sys.modules.get("wombat.store.s3.client")
    return 0 if client is None else client.ASKED.total


def _say_requests(console: Console) -> None:
    console.detail(f"store: {sys.modules['wombat.store.s3.client'].ASKED.text()}")
