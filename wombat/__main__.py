"""The command's entry: as little as possible before the verb is known."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress


def main() -> None:
    """Runs the command line; the exit code says what happened."""
    if sys.argv[1:] == ["--version"]:
        from wombat.version import __version__

        sys.stdout.write(f"wombat {__version__}\n")
        return
    if sys.argv[1:2] == ["run"]:
        from wombat.api.unchanged import told

        if (said := told(sys.argv[1:])) is not None:
            with suppress(OSError):
                sys.stderr.write(said)
            return
    gc.set_threshold(50_000, 20, 20)  # what is loaded is kept: nobody need look for garbage in it
    from wombat.cli.entry import run
    from wombat.stopping import stopped

    code = run(sys.argv[1:])
    if stopped():
        _leave(code)
    gc.freeze()  # nor at the end, when all of it goes
    sys.exit(code)


def _leave(code: int) -> None:
    """At once: the interpreter would wait for threads that wait for a server."""
    if left := sys.modules.get("wombat.store.leftovers"):
        left.drop_own()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
