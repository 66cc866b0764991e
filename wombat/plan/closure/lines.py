"""Lines of a shell, split into words, and what is Python's or folders in them."""

from __future__ import annotations

import ast
import re
import shlex
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PLAIN: Final = re.compile(r"[\w./-]+")
_VALUE: Final = r"""("[^"]*"|'[^']*'|[^\s;&|()"']+)"""
_INTO: Final = re.compile(
    rf"(?:\bcd|\bpushd|\s-C|\s--directory|\s--chdir|\s--cwd)(?:\s+|=)(?:--\s+)?{_VALUE}"
)
_PATH: Final = re.compile(r"""\bPYTHONPATH\+?=((?:"[^"]*"|'[^']*'|[^\s;&|"'])+)""")
_BEGINS: Final = re.compile(r"(?:\$\{?\w+\}?|\$\(pwd\)|`pwd`|\.)/")
_HEREDOC: Final = re.compile(
    r"<<-?[ \t]*\\?(['\"]?)(\w+)\1[^\n]*\n(.*?)^[ \t]*\2[ \t]*$", re.MULTILINE | re.DOTALL
)
_GLUED: Final = re.compile(r"-[a-zA-Z?]*c(?=.)")
_QUOTED: Final = re.compile(r"""'([^']*)'|"([^"]*)"|((?:\\.|[^\s\\])+)""")
_MOST: Final = 100_000


def texts(argv: Iterable[Any]) -> list[str]:
    """The words of a command that are known: of one with references what stands around them."""
    return [one for word in argv if (one := _text(word)) is not None]


def _text(word: Any) -> str | None:
    if not isinstance(word, dict):
        return word if isinstance(word, str) else None
    if word.get("$") == "literal":
        return _text(word.get("value"))
    said = word.get("text") if word.get("$") == "format" else None
    return said.replace("{{", "{").replace("}}", "}") if isinstance(said, str) else None


def sequences(argv: Sequence[Any], script: str | None) -> list[list[str]]:
    """The words in their order, of the line and of each line within a word; every line once as a
    shell splits it, and once as plain words, for nobody knows who else reads it."""
    found: list[list[str]] = []
    waiting = [texts(argv)] if script is None else []
    inner = [] if script is None else [script]
    seen: set[str] = set()
    while (waiting or inner) and len(found) < _MOST:
        while inner:
            text = inner.pop()
            if text not in seen:
                seen.add(text)
                waiting += [_split(text), PLAIN.findall(text)]
        if waiting:
            words = waiting.pop()
            found.append(words)
            inner += [one for one in words if not PLAIN.fullmatch(one)]
            found += [[part] for one in words if "=" in one and (part := one.partition("=")[2])]
    return found


def _split(text: str) -> list[str]:
    lexer = shlex.shlex(text.replace("\\\n", " "), posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        return list(lexer)
    except ValueError:  # a quotation without an end: an apostrophe of a comment, of a heredoc
        if "\n" in text:
            return [word for line in text.splitlines() for word in _split(line)]
        return [re.sub(r"\\(.)", r"\1", "".join(one)) for one in _QUOTED.findall(text)]


def code_within(lines: Iterable[list[str]], script: str | None) -> tuple[str, ...]:
    """What Python may read of them as code that imports: behind `-c`, in quotes, in heredocs."""
    given = [one[3] for one in _HEREDOC.finditer(script or "")]
    for words in lines:
        given += [_GLUED.sub("", one, count=1) for one in words if not PLAIN.fullmatch(one)]
    return tuple(dict.fromkeys(one for one in given if "import" in one))


def parsed(text: str) -> ast.Module | None:
    """Code within a line; None where it imports nothing. Of what isn't Python as it stands, as a
    shell puts something in, the imports, and what they bind whole."""
    tree = _parse(_level(text))
    if tree is None:
        tree = ast.Module([one for part in re.split(r"[;\n]", text) for one in _imports(part)], [])
    imports = any(
        isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Attribute | ast.Name) and "import" in _name(node))
        for node in ast.walk(tree)
    )
    return tree if imports else None


def _imports(part: str) -> Iterator[ast.stmt]:
    """The import that a part of a line is, and a use of each name that it binds."""
    tree = _parse(part.strip())
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                use = ast.Expr(ast.Name(name, ast.Load()))
                yield ast.fix_missing_locations(ast.copy_location(use, node))


def _level(text: str) -> str:
    """Without the indentation that all of its lines have."""
    lines = [line for line in text.splitlines() if line.strip()]
    least = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return "\n".join(line[least:] for line in lines) if least else text


def _parse(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _name(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def folders_gone_into(text: str) -> list[str]:
    """What a line's `cd` and their like name, in their order."""
    return [one.strip("\"'") for one in _INTO.findall(text)]


def import_path(text: str) -> list[str]:
    """The folders that a line puts on Python's import path, as they're written."""
    return [one for said in _PATH.findall(text) for one in folders_of_path(said)]


def folders_of_path(said: str) -> list[str]:
    """Those of a value of PYTHONPATH; a variable that one begins with is the folder it runs in."""
    bare = re.sub(r"[\"']", "", said)
    return [one for each in bare.split(":") if (one := _BEGINS.sub("", each, count=1))]
