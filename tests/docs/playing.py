"""Commands as pages show them: parsed, run, and compared with what is shown below them."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

import click

from tests.docs.pages import blocks, commands
from wombat.cli.entry import group, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest


def parse(words: list[str]) -> None:
    """As click would, but running nothing and asking for nothing that is left out."""
    context = click.Context(group, info_name="wombat")
    command: click.Command = group
    while isinstance(command, click.Group) and words:
        name, *words = words
        found = command.get_command(context, name)
        assert found is not None, name
        command, context = found, click.Context(found, parent=context, info_name=name)
    command.make_parser(context).parse_args(list(words))


def told(text: str) -> list[str]:
    """What was said, without what differs from run to run, in any order."""
    for pattern, word in (
        (r"local-\w+Z-[0-9a-f]{8}", "RUN"),
        (r"\d{4}-\d\d-\d\d(T[\d:]+Z| [\d:]+ UTC)", "MOMENT"),
        (r"with \d+ at a time", "with N at a time"),
        (r"\d+\.\d+ s|\b\d+ s\b", "TIME"),
        (r"[\d,]+ bytes|[\d.]+ [KMG]?B\b", "SIZE"),
        (r"group/[\w/]+ at [\w.:]+", "SERVER"),
        (r" +", " "),
    ):
        text = re.sub(pattern, word, text)
    return sorted(line.strip() for line in text.splitlines() if line.strip())


def play(page: str, capsys: pytest.CaptureFixture[str], *, but: str = "\0") -> None:
    """Runs a page's console blocks from the top."""
    for block in blocks(page, "console"):
        if but not in block.text:
            play_block(block.text, capsys)


def play_block(
    text: str, capsys: pytest.CaptureFixture[str], more: dict[str, Sequence[str]] | None = None
) -> None:
    """Runs its commands; what is shown below one must be said.

    `more` holds words that are added where a command begins with the key.
    """
    for one in commands(text):
        capsys.readouterr()
        for line in one.line.split(" && "):
            words = shlex.split(line, comments=True)
            if words[0] == "cd":
                os.chdir(words[1])
            elif words[0] == "wombat":
                extra = [w for key, ws in (more or {}).items() if line.startswith(key) for w in ws]
                assert run([*words[1:], *extra]) == 0, (line, capsys.readouterr())
        said = capsys.readouterr()
        if one.said:
            shown, found = told("\n".join(one.said)), told(f"{said.out}\n{said.err}")
            assert shown == found, (one.line, set(shown) ^ set(found))
