"""The command's entry: as little as possible before the verb is known."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command line; the exit code says what happened."""
    if sys.argv[1:] == ["--version"]:
        from wombat.version import __version__

        sys.stdout.write(f"wombat {__version__}\n")
        return
    from wombat.cli.entry import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
