"""A task's code, whatever its kind: a function's modules, or the files that a command names.

Of a command's words and a shell line's count the files of the project that they name, byte for
byte; of files that end in `.py`, and of `-m NAME`, also the modules that they import. What a shell
script calls in turn, and paths that are put together while it runs, don't.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from wombat.plan.code import code_of_files, code_of_modules
from wombat.plan.imports import is_dotted
from wombat.plan.ir import Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wombat.digest import Digest
    from wombat.plan.code import Checkout, Module

_WORD: Final = re.compile(r"[\w./-]+")
MAX_WORD: Final = 200


def code_of_task(
    checkout: Checkout, *, run: str | None, argv: Sequence[Any], script: str | None
) -> Code:
    """What a task's code is made of, its words as they stand in the plan: just one is given."""
    if run is not None:
        modules = checkout.closure(run.partition(":")[0])
        return Code("modules", code_of_modules(modules, run), _files(modules))
    said: Sequence[Any] = argv if script is None else _WORD.findall(script)
    words = [word for word in said if isinstance(word, str)]
    files = _named(checkout, words)
    reached = tuple(_reached(checkout, words, files))
    digest = code_of_files(list(argv) if script is None else script, files, reached)
    return Code("modules", digest, tuple(sorted({*files, *_files(reached)})))


def _files(modules: Iterable[Module]) -> tuple[str, ...]:
    return tuple(module.file for module in modules)


def _named(checkout: Checkout, words: list[str]) -> dict[str, Digest]:
    """The project's files that words name, by their content."""
    found: dict[str, Digest] = {}
    for word in words:
        inside = not word.startswith("/") and ".." not in word.split("/") and "\0" not in word
        if inside and 0 < len(word) < MAX_WORD:
            content = checkout.content(word)
            if content is not None:
                found[word] = content
    return found


def _reached(checkout: Checkout, words: list[str], files: Iterable[str]) -> Iterator[Module]:
    for path in files:
        if path.endswith(".py"):
            yield from checkout.script(path)
    for flag, name in pairwise(words):
        if flag == "-m" and is_dotted(name):
            yield from checkout.closure(name)
            yield from checkout.closure(f"{name}.__main__")
