"""Where data comes from, or goes: what is known of each step, as a tree, Mermaid, and JSON."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.printable import one_line
from wombat.review.graph import mermaid_label
from wombat.review.pieces import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal["artifact", "file", "source", "effect", "project"]
Way = Literal["up", "down"]

LONGEST: Final = 160


@dataclass(frozen=True)
class Node:
    """An artifact with who made it, a file of the checkout, outside data, a task that tells the
    world, or another project. `key` tells it from all others; `facts` are words about it."""

    key: str
    kind: Kind
    name: str
    content: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"id": self.key, "kind": self.kind, "name": self.name, "content": self.content,
                **self.facts}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A node that another one comes from, or goes to, by the name of an input."""

    label: str
    key: str


@dataclass
class Lineage:
    """All that was followed from what was `asked` about. `steps` lead up or down, as `way` says;
    `left`: nodes that weren't followed; `unread`: what couldn't be, and why."""

    way: Way
    asked: list[str] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    steps: dict[str, list[Step]] = field(default_factory=dict)
    left: int = 0
    unread: list[str] = field(default_factory=list)

    def add(self, node: Node, before: str | None = None, label: str = "") -> bool:
        """Puts a node behind another one, or first; whether it is new."""
        new = node.key not in self.nodes
        self.nodes.setdefault(node.key, node)
        if before is None:
            self.asked.append(node.key)
        elif (step := Step(label, node.key)) not in self.steps.setdefault(before, []):
            self.steps[before].append(step)
        return new

    def to_json(self) -> dict[str, Any]:
        steps = [
            {"from": step.key, "to": key, "input": step.label}
            if self.way == "up"
            else {"from": key, "to": step.key, "input": step.label}
            for key, every in self.steps.items()
            for step in every
        ]
        return {
            "direction": self.way,
            "asked": self.asked,
            "nodes": [one.to_json() for one in self.nodes.values()],
            "steps": steps,
            "left_out": self.left,
            "unread": self.unread,
        }


def lineage_tree(found: Lineage) -> str:
    """Each node on a line below what was asked about; what was told above is told once."""
    told: set[str] = set()
    lines: list[str] = []
    for asked in found.asked:
        lines += _branch(found, asked, told)
    return "\n".join([*lines, *_notes(found)])


def _branch(found: Lineage, asked: str, told: set[str]) -> Iterator[str]:
    """Depth first, by hand: a chain may be long."""
    waiting = deque([(Step("", asked), "", "")])
    while waiting:
        step, lead, below = waiting.popleft()
        node = found.nodes[step.key]
        steps = found.steps.get(step.key, [])
        again = step.key in told and bool(steps)
        label = f"{_short(step.label)}: " if step.label else ""
        yield f"{lead}{label}{_words(node)}" + ("  (as above)" if again else "")
        told.add(step.key)
        if again:
            continue
        last = len(steps) - 1
        for number in range(last, -1, -1):
            fork, line = ("└─ ", "   ") if number == last else ("├─ ", "│  ")
            waiting.appendleft((steps[number], below + fork, below + line))


def _words(node: Node) -> str:
    content = f"  {node.content[:12]}" if node.content else ""
    return f"{_named(node)}{content}" + "".join(f"  {one}" for one in _facts(node))


def _named(node: Node) -> str:
    word = {"file": "file ", "source": "source ", "project": "project "}.get(node.kind, "")
    return f"{word}{_short(node.name)}"


def _facts(node: Node) -> Iterator[str]:
    facts = node.facts
    if "run" in facts:
        word = "put by run" if facts.get("put") else "run"
        yield _short(f"{word} {facts['run']}")
    if "reused_by" in facts:
        yield _short(f"reused by {facts['reused_by']}")
    for word in ("branch", "time"):
        if word in facts:
            yield _short(facts[word])
    if "commit" in facts:
        yield _short(f"commit {facts['commit'][:12]}")
    for word in ("etag", "version", "modified", "place", "until"):
        if word in facts:
            yield _short(f"{word} {facts[word]}")


def _notes(found: Lineage) -> Iterator[str]:
    if found.left:
        yield f"… {count(found.left, 'artifact')} not followed: --depth and --limit say how far"
    yield from (f"not read: {_short(one)}" for one in found.unread)


def lineage_mermaid(found: Lineage) -> str:
    """One flowchart, the data from left to right; what others wrote is escaped."""
    numbers = {key: f"n{number}" for number, key in enumerate(found.nodes)}
    lines = ["flowchart LR"]
    for key, node in found.nodes.items():
        left, right = ("[(", ")]") if node.kind in ("file", "source") else ("[", "]")
        content = f"<br/>{node.content[:12]}" if node.content else ""
        run = node.facts.get("run")
        made = f"<br/>{mermaid_label(_short(f'run {run}'))}" if run else ""
        text = f"{mermaid_label(_named(node))}{content}{made}"
        lines.append(f'  {numbers[key]}{left}"{text}"{right}')
    for key, steps in found.steps.items():
        for step in steps:
            ends = (step.key, key) if found.way == "up" else (key, step.key)
            label = f'|"{mermaid_label(_short(step.label))}"|' if step.label else ""
            lines.append(f"  {numbers[ends[0]]} -->{label} {numbers[ends[1]]}")
    lines += [f"  %% {one}" for one in _notes(found)]
    return "\n".join(lines)


def _short(text: str) -> str:
    shown = one_line(text)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
