"""A pandera schema as a Python file that needs nothing of ours."""

from __future__ import annotations

import ast
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from wombat.data.pandera.calls import Call, Code, Name, render, walk

if TYPE_CHECKING:
    from wombat.data.pandera import Library

_IMPORTS: Final = {
    "pd": "import pandas as pd",
    "pl": "import polars as pl",
    "engine": "from pandera.engines import {library}_engine as engine",
    "T": "import pyspark.sql.types as T",
    "F": "from pyspark.sql import functions as F",
    "datetime": "import datetime",
    "decimal": "import decimal",
    "operator": "import operator",
    "re": "import re",
    "Decimal": "from decimal import Decimal",
    "Callable": "from collections.abc import Callable",
    "Any": "from typing import Any",
    "functools": "import functools",
}


def python_source(tree: Call, library: Library, header: list[str]) -> str:
    """The file: comments, imports, the checks of ours that it uses, and `schema`."""
    parts = list(walk(tree))
    code = sorted({part.python for part in parts if isinstance(part, Code)})
    own = sorted({one for part in parts if (one := _own(part))})
    written = _functions(library)
    functions = [f"{written[name]}\n" for name in own]
    body = f"schema = {render(_without_own(tree))}\n"
    text = "\n\n".join([*functions, body])
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    lines = [f"# {line}" for line in header]
    lines += ["from __future__ import annotations", ""]
    plain = [line.format(library=library) for name, line in _IMPORTS.items() if name in used]
    plain.append(f"import pandera.{library} as pa")
    plain += [f"from {one.partition(':')[0]} import {_top(one)}" for one in code]
    return "\n".join([*lines, *sorted(set(plain)), "", "", text])


def _top(python: str) -> str:
    return python.partition(":")[2].partition(".")[0]


def _own(part: Any) -> str | None:
    dotted = part.function if isinstance(part, Call) else ""
    return dotted.removeprefix("own.") if dotted.startswith("own.") else None


def _functions(library: Library) -> dict[str, str]:
    """The text of each check of ours; its module isn't imported, since its library may be away."""
    file = files("wombat.data.pandera.own") / f"{library}.py"
    text = file.read_text(encoding="utf-8")
    defined = (one for one in ast.parse(text).body if isinstance(one, ast.FunctionDef))
    return {one.name: ast.get_source_segment(text, one) or "" for one in defined}


def _without_own(tree: Any) -> Any:
    match tree:
        case Call(function, args, words):
            return Call(
                function.removeprefix("own."),
                tuple(map(_without_own, args)),
                {word: _without_own(value) for word, value in words.items()},
            )
        case list():
            return [_without_own(one) for one in tree]
        case dict():
            return {key: _without_own(value) for key, value in tree.items()}
        case Name(dotted):
            return Name(dotted)
        case _:
            return tree
