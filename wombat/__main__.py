"""The command's entry: as little as possible before the verb is known."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Runs the command line; the exit code says what happened."""
    if sys.argv[1:] == ["--version"]:
        from wombat.version import __version__

        sys.stdout.write(f"wombat {__version__}\n")
        return
    gc.set_threshold(50_000, 20, 20)  # what is loaded is kept: nobody need look for garbage in it
    from wombat.cli.entry import run

    code = run(sys.argv[1:])
    gc.freeze()  # nor at the end, when all of it goes
    sys.exit(code)


if __name__ == "__main__":
    main()
