"""Writes the generated files, or with --check says which of them are stale.

A generated file is a row of GENERATED: its path, and the function that returns its text.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATED: dict[str, str] = {}


def text_of(source: str) -> str:
    module, _, function = source.partition(":")
    return getattr(importlib.import_module(module), function)()


def stale() -> list[tuple[Path, str]]:
    """Each file whose text is not what its function says, with that text."""
    wanted = [(ROOT / path, text_of(source)) for path, source in GENERATED.items()]
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
