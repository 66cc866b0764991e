"""One process that commits one run, as a CI system's retry does; prints what came of it."""

from __future__ import annotations

import sys

from tests.s3.shop import change
from wombat.errors import WombatError
from wombat.store import open_store


def main(address: str, pipeline: str, run: str) -> None:
    store = open_store(address, project="shop", zone="t")
    try:
        print(store.commit_ref(change(pipeline, run, {"o": {"n": run}})).outcome)
    except WombatError as error:
        print(error.code)


if __name__ == "__main__":
    main(*sys.argv[1:])
