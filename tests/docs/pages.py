"""Documentation as data: its fenced blocks, its tables of keys, its links; and what they become."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ("key", "value", "default", "meaning", "example")
_BLOCK = re.compile(
    r"(?:^`(?P<path>[^`\n]+)`:\n\n)?"
    r"^```(?P<language>\w+)(?: (?P<info>[^\n]+))?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block. `path` names the file that it is; `wrong` the one mistake that it shows."""

    language: str
    text: str
    path: str | None = None
    wrong: str | None = None


@dataclass(frozen=True)
class Command:
    """A line after `$ ` in a console block, and the lines below it."""

    line: str
    said: tuple[str, ...]


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(name: str, *languages: str) -> list[Block]:
    """The blocks of a page, those in the languages alone if any are named."""
    found = []
    for each in _BLOCK.finditer(read(name)):
        wrong = re.fullmatch(r"error\[([a-z-]+)\]", each["info"] or "")
        assert wrong or not each["info"], each["info"]
        found.append(
            Block(each["language"], each["text"], each["path"], wrong[1] if wrong else None)
        )
    return [one for one in found if not languages or one.language in languages]


def commands(text: str) -> list[Command]:
    found = []
    for piece in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, *said = piece.rstrip("\n").split("\n")
        found.append(Command(line, tuple(said)))
    return found


def tables(name: str) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """Each table's header and its rows."""
    found = []
    for text in re.findall(r"(?:^\|.*\n)+", read(name), re.MULTILINE):
        header, _, *rows = [_cells(line) for line in text.splitlines()]
        assert all(len(row) == len(header) for row in rows), header
        found.append((header, rows))
    return found


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1])


def code(cell: str) -> list[str]:
    """The code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def prose(name: str) -> str:
    """A page without its blocks."""
    return re.sub(r"^```.*?^```$", "", read(name), flags=re.MULTILINE | re.DOTALL)


def links(name: str) -> list[tuple[str, str]]:
    """Each link within the repository: its file and its anchor, either of them maybe empty."""
    found = (target.partition("#") for target in _LINK.findall(prose(name)))
    return [(path, anchor) for path, _, anchor in found]


def anchors(name: str) -> set[str]:
    """What headings are called in links."""
    titles = re.findall(r"^#+ (.+)$", read(name), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def sections(text: str, indent: str = "") -> dict[str, str]:
    """The keys at one level of a mapping in block style, each with its lines."""
    pieces = re.split(rf"^(?={indent}[a-z])", text, flags=re.MULTILINE)
    return {found[1]: one for one in pieces if (found := re.match(rf"{indent}([a-z][\w-]*):", one))}


def added(base: str, more: str) -> str:
    """A pipeline with the sections of a snippet: tasks are added, the rest is replaced."""
    whole = sections(base)
    for name, text in sections(more).items():
        if name == "tasks" and text.startswith("tasks:\n"):
            head = len("tasks:\n")
            own = re.sub(r"^tasks:.*\n", "", whole["tasks"])
            every = sections(own, "  ") | sections(text[head:], "  ")
            whole[name] = "tasks:\n" + "".join(every.values())
        else:
            whole[name] = text
    return "".join(one if one.endswith("\n") else one + "\n" for one in whole.values())
