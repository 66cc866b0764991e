"""What `wombat.yml` says of settings: read by the language once, then known by its bytes."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from wombat.api.files import write_whole
from wombat.digest import digest_bytes, digest_json
from wombat.errors import Diagnostics, DiskFault
from wombat.language.root import PROJECT_FILE
from wombat.language.text import read_bytes
from wombat.store.caches import cache_folder
from wombat.version import __version__

FORMAT: Final = 1
KEPT: Final = 200
_SEAL: Final = 64


def read_written(root: Path, *, remembered: bool) -> dict[str, Any]:
    """What `wombat.yml` says of settings, its profiles, and what jobs run in; {} without a file.

    Raises Invalid. With `remembered`, what valid files said is kept in the user's cache folder by
    the digest of their bytes. CI goes without: a runner's cache may be shared with jobs of merge
    requests, and a profile there may allow effects. No checkout can bring such a record along.
    """
    file = root / PROJECT_FILE
    if not file.is_file():
        return {}
    sink = Diagnostics()
    data = read_bytes(file, PROJECT_FILE, sink) or b""
    sink.raise_if_failed()
    place = _place(data) if remembered else None
    said = _recall(place) if place else None
    if said is None:
        said = _read(data, sink)
        if place:
            _remember(place, said)
    return said | {"installed": _installed(root, said.pop("image"), said.pop("requirements"))}


def _read(data: bytes, sink: Diagnostics) -> dict[str, Any]:
    from wombat.language.load import project_in

    project, _ = project_in(data, sink)
    sink.raise_if_failed()
    return {
        "project": project.project,
        "store": project.store.address if project.store else None,
        "upstream": project.upstream.address if project.upstream else None,
        "lakefs": lakefs.model_dump() if (lakefs := project.publish.lakefs) else None,
        "profiles": {name: profile.effects for name, profile in project.profiles.items()},
        "image": project.gitlab.image,
        "requirements": project.gitlab.requirements,
    }


def _installed(root: Path, image: str | None, requirements: str | None) -> dict[str, str]:
    found = {"image": image} if image else {}
    if requirements is not None and (root / requirements).is_file():
        found[requirements] = digest_bytes((root / requirements).read_bytes())
    return found


def _place(data: bytes) -> Path | None:
    """Named by the bytes, and by what would read them: this version, as its files are now."""
    folder = Path(__file__).parents[1] / "language"
    try:
        files = [(one.name, one.stat()) for one in os.scandir(folder) if one.name.endswith(".py")]
        files.append(("", Path(__file__).stat()))
    except OSError:
        return None
    reader = [f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in sorted(files)]
    return cache_folder("settings", digest_json([FORMAT, __version__, reader, digest_bytes(data)]))


def _recall(place: Path) -> dict[str, Any] | None:
    """None for a record that is absent, damaged or another's."""
    with suppress(OSError, ValueError):
        data = place.read_bytes()
        if data[:_SEAL] == _seal(place, data[_SEAL:]):
            said: dict[str, Any] = json.loads(data[_SEAL:])
            return said
    return None


def _remember(place: Path, said: dict[str, Any]) -> None:
    """Where it can't be written, the next command reads the file anew."""
    body = json.dumps(said)
    with suppress(OSError, DiskFault):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(place, _seal(place, body.encode()).decode() + body)
        _prune(place.parent)


def _seal(place: Path, body: bytes) -> bytes:
    return digest_bytes(place.name.encode() + body).encode()


def _prune(folder: Path) -> None:
    found = sorted((path.stat().st_mtime, path) for path in folder.iterdir())
    for _, path in found[:-KEPT]:
        path.unlink(missing_ok=True)
