"""Writes the generated files, or with --check says which of them are stale."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.tools.reference import cli_reference
from wombat.api.vendored import EDITOR
from wombat.backends.gitlab.template import template

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
GENERATED: dict[str, Callable[[], str]] = {
    **EDITOR,
    "docs/CLI.md": cli_reference,
    "ci_templates/gitlab.yml": lambda: template({}, []),
    "ci_templates/component/templates/wombat.yml": lambda: template({}, [], component=True),
}


def stale() -> list[tuple[Path, str]]:
    """Each file whose text is not what its function says, with that text."""
    wanted = [(ROOT / path, text()) for path, text in GENERATED.items()]
    return [(p, t) for p, t in wanted if not p.is_file() or p.read_text("utf-8") != t]


def main() -> int:
    behind = stale()
    if "--check" in sys.argv[1:]:
        for path, _ in behind:
            print(f"{path.relative_to(ROOT)} is stale: make generate")
        return 1 if behind else 0
    for path, text in behind:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
