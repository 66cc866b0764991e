"""Takes each safety rule out of a copy of the code, and says which test went red.

    python -m tests.store.mutations [WORD…]

A rule whose removal no test notices ends this with 1, and so does a patch that fits no more.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TREE: Final = Path(__file__).resolve().parents[2]
COPIED: Final = ("wombat", "tests", "schemas", "docs", "benchmarks", "examples", "pyproject.toml")
SECONDS: Final = 600


@dataclass(frozen=True)
class Mutation:
    """One rule: the file that holds it, its text, the text without it, and who has to notice."""

    rule: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


POWER: Final = ("tests/store/test_power.py",)
DAMAGE: Final = ("tests/store/test_damage.py", "tests/store/test_hostile.py")

MUTATIONS: Final = (
    Mutation(
        "a file is fsynced before it has its name",
        "wombat/store/blobs/local.py",
        "            fsync_file(temporary)\n",
        "            pass\n",
        POWER,
    ),
    Mutation(
        "a record is fsynced before it has its name",
        "wombat/store/together.py",
        "                fsync_file(one.temporary)\n",
        "                pass\n",
        POWER,
    ),
    Mutation(
        "a folder is fsynced after an entry",
        "wombat/store/disk.py",
        "        os.fsync(handle)\n    finally:\n        os.close(handle)\n\n\ndef read_span",
        "        pass\n    finally:\n        os.close(handle)\n\n\ndef read_span",
        POWER,
    ),
    Mutation(
        "names are durable beside one that is damaged",
        "wombat/store/blobs/local.py",
        "                spoiled = spoiled or error\n",
        "                raise\n",
        ("tests/store/test_blobs.py",),
    ),
    Mutation(
        "a root names nothing whose put failed, whoever was told",
        "wombat/store/journal.py",
        "    if space.blobs.unsent(",
        "    if False and space.blobs.unsent(",
        ("tests/store/test_faults.py",),
    ),
    Mutation(
        "after a folder's failed fsync nothing becomes durable",
        "wombat/store/together.py",
        "            self.broken = StoreUnreachable(",
        "            StoreUnreachable(",
        ("tests/store/test_blobs.py",),
    ),
    Mutation(
        "packs are durable before the record that names them",
        "wombat/store/journal.py",
        "        space.blobs.sync()\n",
        "        pass\n",
        ("tests/store/test_blobs.py", "tests/store/test_kills.py", *POWER),
    ),
    Mutation(
        "a complete file is linked, never written in place",
        "wombat/store/together.py",
        "        os.link(temporary, path)\n    except OSError",
        "        os.replace(temporary, path)\n    except OSError",
        ("tests/store/test_blobs.py", "tests/store/test_writers.py"),
    ),
    Mutation(
        "an existing record is never overwritten",
        "wombat/store/blobs/memory.py",
        "            if self.atomic and key in self.objects:\n",
        "            if False:\n",
        ("tests/store/test_blobs.py",),
    ),
    Mutation(
        "what stands at a name decides, not the answer",
        "wombat/store/space.py",
        "        return space.blobs.get_range(key, 0, len(data) + 1) == data\n",
        "        return False\n",
        ("tests/store/test_refs.py", "tests/store/test_machine.py"),
    ),
    Mutation(
        "a lost answer is asked about",
        "wombat/store/space.py",
        "    except OutcomeUnknown:\n        pass\n    try:\n        return",
        "    except OutcomeUnknown:\n        return False\n    try:\n        return",
        ("tests/store/test_refs.py", "tests/store/test_machine.py"),
    ),
    Mutation(
        "a chunk is hashed when it is read",
        "wombat/store/chunks.py",
        "    if len(data) != row.raw or blake3(data).digest() != row.hash:",
        "    if len(data) != row.raw:",
        DAMAGE,
    ),
    Mutation(
        "a file is hashed when it is pulled",
        "wombat/store/writing.py",
        "        if whole.hexdigest() != row.file.digest:",
        "        if False:",
        DAMAGE,
    ),
    Mutation(
        "a file of one chunk is that chunk",
        "wombat/store/writing.py",
        "            if part.chunks[0].hash.hex() != part.row.file.digest:",
        "            if False:",
        DAMAGE,
    ),
    Mutation(
        "the content digest is computed again",
        "wombat/store/pull.py",
        "    if content.finish() != manifest.artifact.content:",
        "    if False:",
        DAMAGE,
    ),
    Mutation(
        "a block of a manifest is hashed",
        "wombat/store/reading.py",
        " or digest_bytes(data) != block.digest",
        "",
        DAMAGE,
    ),
    Mutation(
        "a manifest's header is hashed",
        "wombat/store/reading.py",
        " or digest_bytes(header) != artifact.manifest",
        "",
        DAMAGE,
    ),
    Mutation(
        "a record is bound to its name",
        "wombat/store/records.py",
        '    return digest_bytes(key.encode() + b"\\0" + canonical_json(dict(record)))',
        "    return digest_bytes(canonical_json(dict(record)))",
        (*DAMAGE, "tests/store/test_golden.py"),
    ),
    Mutation(
        "a record's seal is checked",
        "wombat/store/records.py",
        '    if found.pop("seal", None) != _seal(key, found):',
        '    if found.pop("seal", None) is None:',
        DAMAGE,
    ),
    Mutation(
        "what came wrong is read once more",
        "wombat/store/space.py",
        "    for last in (False, True):",
        "    for last in (True,):",
        DAMAGE,
    ),
    Mutation(
        "other bytes at a content's name are told",
        "wombat/store/blobs/local.py",
        "        if not filecmp.cmp(path, temporary, shallow=False):",
        "        if False:",
        ("tests/store/test_blobs.py",),
    ),
    Mutation(
        "what was damaged is stored under another name",
        "wombat/store/landing.py",
        "    except Spoiled:\n        return False\n",
        "    except Spoiled:\n        return True\n",
        ("tests/store/test_verify.py",),
    ),
    Mutation(
        "nothing new relies on what was found damaged",
        "wombat/store/doom.py",
        " or digest_bytes(key.encode()) in self.spoiled",
        "",
        ("tests/store/test_verify.py",),
    ),
    Mutation(
        "doomed lists are looked at before a root",
        "wombat/store/journal.py",
        "    if missing(space, [one for one in named if watch.has(one, space.zone)]):",
        "    if False:",
        ("tests/store/test_doom.py",),
    ),
    Mutation(
        "a look is repeated when it isn't fresh",
        "wombat/store/doom.py",
        "if self.looked is not None and not again and now - self.looked <= FRESH:",
        "if self.looked is not None and not again:",
        ("tests/store/test_doom.py",),
    ),
    Mutation(
        "a pack of another zone is no base",
        "wombat/store/bases.py",
        "            allowed = row.zone in pointed(space.zone)",
        "            allowed = True",
        ("tests/store", "tests/api"),
    ),
    Mutation(
        "an older pipeline doesn't go on top of a later one",
        "wombat/store/refs.py",
        "    return newer.order > change.order and not change.merge",
        "    return False",
        ("tests/store/test_refs.py", "tests/store/test_machine.py"),
    ),
    Mutation(
        "a retry recognises its own commit",
        "wombat/store/refs.py",
        "    if repeated and (own := find_commit(space, change)):",
        "    if False and (own := find_commit(space, change)):",
        ("tests/store/test_refs.py", "tests/store/test_machine.py"),
    ),
    Mutation(
        "paths are checked when they are read",
        "wombat/store/sections.py",
        "check_path(",
        "str(",
        ("tests/store/test_hostile.py",),
    ),
    Mutation(
        "no link is followed below a pulled folder",
        "wombat/store/below.py",
        "os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC",
        "os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC",
        ("tests/store/test_hostile.py",),
    ),
    Mutation(
        "a pulled folder gets its name at the end",
        "wombat/store/pull.py",
        "    part = into.parent / owned(into.name, _PART)",
        "    part = into",
        ("tests/store/test_damage.py", "tests/store/test_kills.py"),
    ),
    Mutation(
        "no pack moves to itself",
        "wombat/store/moved.py",
        "    if digest in wanted or digest in _all_behind(space, zone, wanted):",
        "    if False:",
        ("tests/store/test_moved.py",),
    ),
    Mutation(
        "a moved chunk is verified",
        "wombat/store/moved.py",
        "    if len(chunk) != row.raw or bytes.fromhex(digest_bytes(chunk)) != row.chunk:",
        "    if False:",
        ("tests/store/test_moved.py", "tests/store/test_verify.py", "tests/store/test_damage.py"),
    ),
    Mutation(
        "a repaired ref is proved by the one after it",
        "wombat/store/refound.py",
        "        yield from (data for data in made if digest_bytes(data) in proofs)",
        "        yield from made",
        ("tests/store/test_verify.py",),
    ),
    Mutation(
        "a newest ref is proved by what is left of it",
        "wombat/store/refound.py",
        "        yield from (data for data in made if _told_by(left, data))",
        "        yield from made",
        ("tests/store/test_verify.py",),
    ),
    Mutation(
        "a move keeps the packs of the one before",
        "wombat/store/moved.py",
        "(*own, *find_moved(space, zone, digest))",
        "own",
        ("tests/store/test_moved.py",),
    ),
    Mutation(
        "packs of a base are there",
        "wombat/store/standing.py",
        "    return every - gone",
        "    return every",
        ("tests/store/test_gone.py",),
    ),
    Mutation(
        "what was found gone is no hit",
        "wombat/store/doom.py",
        "    avoids = space.watch.avoids\n    return any",
        "    avoids = space.watch.doomed.__contains__\n    return any",
        ("tests/store/test_gone.py",),
    ),
    Mutation(
        "notes of what was sent are believed by the bytes",
        "wombat/store/sent.py",
        "    if found.size != len(data):\n        return False\n    return",
        "    if found.size != len(data):\n        return False\n    return True or",
        ("tests/store/test_gone.py",),
    ),
    Mutation(
        "a manifest that no record named is proved",
        "wombat/store/reading.py",
        "        if content.finish() != self.artifact.content:",
        "        if False:",
        ("tests/store/test_siblings.py",),
    ),
    Mutation(
        "a record has at most a mebibyte",
        "wombat/store/records.py",
        "    if len(data) > longest(kind):",
        "    if False:",
        ("tests/store/test_bounds.py",),
    ),
    Mutation(
        "other manifests stay while the named one isn't whole",
        "wombat/store/gc/doubles.py",
        "zip(keys, whole, strict=True) if not sound}",
        "zip(keys, whole, strict=True) if not key}",
        ("tests/gc/test_doubles.py",),
    ),
    Mutation(
        "a writer that puts a file's time back is noticed",
        "wombat/store/originals.py",
        "stamp_of(before) != stamp_of(after) or ",
        "",
        ("tests/store/test_artifacts.py",),
    ),
    Mutation(
        "a repair looks at doomed lists",
        "wombat/store/repair.py",
        "self.space.watch.look(self.space)",
        "pass",
        ("tests/store/test_verify.py",),
    ),
    Mutation(
        "a repair takes only bytes that are right",
        "wombat/store/repair.py",
        "                    if digest_bytes(data) == wound.pack.digest:",
        "                    if True:",
        ("tests/store/test_verify.py",),
    ),
    Mutation(
        "a record names no zone of less trust",
        "wombat/api/addresses.py",
        "        if zone not in relied_on(self.store.zone):",
        "        if False:",
        ("tests/api/test_zones.py",),
    ),
    Mutation(
        "a result names no zone of less trust",
        "wombat/store/results.py",
        "    return zones <= set(relied_on(zone))",
        "    return True",
        ("tests/api/test_zones.py",),
    ),
    Mutation(
        "a manifest points to no zone of less trust",
        "wombat/store/reading.py",
        "        if any(row.zone and row.zone not in relied_on(self.zone) for row in rows):",
        "        if False:",
        ("tests/api/test_zones.py",),
    ),
    Mutation(
        "of another project the trusted zone is read",
        "wombat/api/session.py",
        '("t", *local)',
        '("u", "t", *local)',
        ("tests/api/test_projects.py",),
    ),
    Mutation(
        "no branch is closed over a version that wasn't looked at",
        "wombat/store/refs.py",
        "    if change.closed and newer.seq != change.again:",
        "    if False:",
        ("tests/store/test_refs.py",),
    ),
    Mutation(
        "one's own commit is looked for through all of its order",
        "wombat/store/history.py",
        "        if max(record.order for record in records) < least:",
        "        if max(record.order for record in records) <= least:",
        ("tests/store/test_history.py",),
    ),
    Mutation(
        "a push outbids no pipeline to come",
        "wombat/api/pushing.py",
        '            order=self.order,\n            commit=body["commit"],',
        '            order=10**15,\n            commit=body["commit"],',
        ("tests/api/test_upstream.py",),
    ),
    Mutation(
        "what is locked is taken by its content",
        "wombat/api/runs.py",
        "    if (entry := session.lock.find(canonical(session, text))) is not None:",
        "    if (entry := None) is not None:",
        ("tests/api/test_locking.py",),
    ),
    Mutation(
        "no server of a repository's file gets credentials unasked",
        "wombat/api/session.py",
        '    value = str(setting.value or "") if setting.origin == FILE else ""',
        '    value = ""',
        ("tests/storing/test_allowing.py",),
    ),
    Mutation(
        "where a CI may run no server comes from a file",
        "wombat/settings.py",
        "        if facts.in_ci or (facts.automated and remote):",
        "        if facts.in_ci:",
        ("tests/settings", "tests/storing/test_allowing.py"),
    ),
    Mutation(
        "a folder is looked at again before a pull replaces it",
        "wombat/api/replacing.py",
        "        ready()\n",
        "",
        ("tests/api/test_replacing.py",),
    ),
    Mutation(
        "what a pull took away comes back where it fails",
        "wombat/api/replacing.py",
        "        _put_back(beside, folder)\n        shutil",
        "        shutil",
        ("tests/api/test_replacing.py",),
    ),
    Mutation(
        "a pin is renewed before it ends",
        "wombat/store/pins.py",
        ".until - now >= RENEWED:",
        ".until - now >= timedelta(0):",
        ("tests/store/test_pins.py",),
    ),
    Mutation(
        "what a pull found damaged is read",
        "wombat/store/verify.py",
        "read_data=self.report.read_data or told",
        "read_data=self.report.read_data",
        ("tests/api/test_verifying.py",),
    ),
    Mutation(
        "a full disk gets back what waits",
        "wombat/store/blobs/local.py",
        "                    self._make_room()\n",
        "                    pass\n",
        ("tests/store/test_full.py",),
    ),
    Mutation(
        "what was given up on is named by no root",
        "wombat/store/blobs/local.py",
        "            self._lost.update(keys)\n",
        "",
        ("tests/store/test_full.py",),
    ),
)


def main(words: list[str]) -> int:
    """A row of a table for each rule; 1 where one is missed."""
    missed = 0
    with tempfile.TemporaryDirectory(prefix="wombat-mutations-") as scratch:
        copy = Path(scratch, "tree")
        _copy(copy)
        for one in MUTATIONS:
            if words and not any(word in one.rule for word in words):
                continue
            red = _try(copy, one)
            missed += not red
            said = {None: "**nobody noticed**", "": "**the patch fits no more**"}
            print(f"| {one.rule} | {red or said[red]} |", flush=True)
    return 1 if missed else 0


def _copy(copy: Path) -> None:
    copy.mkdir()
    for name in COPIED:
        source = TREE / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".*cache")
            shutil.copytree(source, copy / name, ignore=ignored)
        elif source.exists():
            shutil.copyfile(source, copy / name)


def _try(copy: Path, one: Mutation) -> str | None:
    """The first test that fails without the rule; None where all pass, "" for an old patch."""
    path = copy / one.path
    text = path.read_text()
    if one.old not in text:
        return ""
    path.write_text(text.replace(one.old, one.new))
    try:
        for tests in one.tests:
            if red := _red(copy, tests):
                return red
    finally:
        path.write_text(text)
    return None


def _red(copy: Path, tests: str) -> str | None:
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", tests]
    done = subprocess.run(
        command,
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        env={**os.environ, "WOMBAT_SOAK": "", "PYTHONPATH": str(copy)},
    )
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split()[1].partition("tests/")[2] if failed else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
