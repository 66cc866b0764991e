"""Tells which tasks really ran."""

from pathlib import Path


def ran(name: str) -> None:
    with (Path.home() / "ran").open("a") as file:
        file.write(f"{name}\n")
