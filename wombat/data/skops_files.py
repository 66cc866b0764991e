"""Models in skops: made canonical, audited, and loaded with reviewed classes alone."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any, Final

from wombat.data.extras import require

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SCHEMA: Final = "schema.json"
MAX_SCHEMA: Final = 256 << 20
MAX_FILES: Final = 100_000
MAX_RATIO: Final = 100
"""How much larger than its file a packed model may be; what skops writes isn't packed."""
MAX_NAMES: Final = 20
SPARE: Final = 64 << 20
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_CLASS: Final = re.compile(r"[A-Za-z_][\w.]{0,200}")


class NotSkops(ValueError):
    """Why a value or a file is no model in skops."""


class NotReviewed(NotSkops):
    """A model with classes that nobody allowed; the message lists them."""

    def __init__(self, names: Sequence[str]) -> None:
        # they come from the file: what isn't a class's name is only counted
        proper = [name for name in names if _CLASS.fullmatch(name)][:MAX_NAMES]
        rest = len(names) - len(proper)
        more = [f"{rest} more"] if rest else []
        super().__init__(f"it holds classes that nobody allowed: {', '.join(proper + more)}")


def dump_model(value: object, file: Path) -> None:
    """The canonical file of an object: the same object has the same bytes."""
    require("skops", "models in skops", "models")
    from skops.io import dumps
    from skops.io.exceptions import UnsupportedTypeException

    try:
        data = dumps(value)
    except (UnsupportedTypeException, TypeError, AttributeError, RecursionError) as fault:
        said = f"skops can't keep a {type(value).__name__}: {type(fault).__name__}"
        raise NotSkops(said) from None
    canonical_model(io.BytesIO(data), file)


def canonical_model(source: Any, fresh: Path) -> None:
    """Writes a skops file anew: numbered instead of by the addresses of a process, not packed,
    without dates. NotSkops for what is none; nothing of it is loaded."""
    try:
        with zipfile.ZipFile(source) as given:
            _check_sizes(given)
            tree = json.loads(given.read(SCHEMA))
            files = _renumber(tree)
            if set(given.namelist()) != {SCHEMA, *files}:
                raise NotSkops("its files aren't those that its schema names")
            with zipfile.ZipFile(fresh, "w", zipfile.ZIP_STORED) as made:
                for old, new in files.items():
                    with given.open(old) as stream:
                        _put(made, new, stream.read())
                text = json.dumps(tree, separators=(",", ":"), ensure_ascii=False)
                _put(made, SCHEMA, text.encode("utf-8"))
    except (zipfile.BadZipFile, KeyError, OSError, RecursionError, NotImplementedError):
        raise NotSkops("it is no whole skops file") from None
    except ValueError as fault:
        raise fault if isinstance(fault, NotSkops) else NotSkops("it is no skops file") from None


def _check_sizes(given: zipfile.ZipFile) -> None:
    members = given.infolist()
    if len(members) > MAX_FILES or len({one.filename for one in members}) < len(members):
        raise NotSkops("it has too many files, or two of one name")
    if any(one.filename == SCHEMA and one.file_size > MAX_SCHEMA for one in members):
        raise NotSkops("its schema is larger than 256 MiB")
    whole = sum(one.file_size for one in members)
    if whole > MAX_RATIO * sum(one.compress_size for one in members) + SPARE:
        raise NotSkops("it is packed so tightly that it can't be a model")


def _put(made: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.external_attr = 0o600 << 16
    made.writestr(info, data)


def _renumber(tree: Any) -> dict[str, str]:
    """Numbers nodes in the order in which they stand; old names of files with their new ones.

    What is plain JSON has a number of its own wherever it stands: whether two equal texts are one
    object differs from process to process, and means nothing.
    """
    numbers: dict[Any, int] = {}
    files: dict[str, str] = {}
    count = 1  # skops takes 0 for no number
    for node in _nodes(tree):
        _sort_set(node)
        if "__id__" in node:
            plain = node.get("__loader__") == "JsonNode"
            known = None if plain else numbers.get(node["__id__"])
            if known is None:
                known, count = count, count + 1
                if not plain:
                    numbers[node["__id__"]] = known
            node["__id__"] = known
        if isinstance(name := node.get("file"), str) and "__loader__" in node:
            ending = name.rpartition(".")[2]
            node["file"] = files.setdefault(name, f"{len(files)}.{ending}")
    return files


def _sort_set(node: dict[str, Any]) -> None:
    """The order of a set of plain values is another one in each process."""
    members = node.get("content")
    if node.get("__loader__") != "SetNode" or not isinstance(members, list):
        return
    if all(isinstance(one, dict) and one.get("__loader__") == "JsonNode" for one in members):
        members.sort(key=lambda one: str(one.get("content")))


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every mapping of a JSON tree, each before what it holds."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(reversed(one.values()))
        elif isinstance(one, list):
            waiting.extend(reversed(one))


def foreign_classes(file: Path, trusted: Sequence[str]) -> list[str]:
    """The classes in a file that neither skops nor the project trusts; nothing is loaded.

    NotSkops for a file that can't be audited.
    """
    require("skops", "models in skops", "models")
    from skops.io import get_untrusted_types

    try:
        found = get_untrusted_types(file=file)
    except Exception as fault:  # noqa: BLE001  # a hostile file may fail in any way; none may pass
        raise NotSkops(f"skops can't read it: {type(fault).__name__}") from None
    return sorted(name for name in found if name not in trusted)


def load_model(file: Path, trusted: Sequence[str]) -> Any:
    """The object, made of reviewed classes alone; NotSkops where there are others."""
    if found := foreign_classes(file, trusted):
        raise NotReviewed(found)
    from skops.io import load

    try:
        return load(file, trusted=list(trusted))
    except Exception as fault:  # noqa: BLE001  # what a file makes skops raise is the file's fault
        raise NotSkops(f"skops can't load it: {type(fault).__name__}") from None
