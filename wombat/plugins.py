"""Plug-ins: a name is a file of its folder, imported when it is first asked for."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from wombat.errors import UsageFault


@cache
def names(package: str) -> tuple[str, ...]:
    """The plug-ins of a folder by name: its files, and what other distributions add to it."""
    folder = importlib.import_module(package)
    own = {found.name for found in pkgutil.iter_modules(folder.__path__)}
    return tuple(sorted({name for name in own if not name.startswith("_")} | set(_added(package))))


@cache
def _added(package: str) -> dict[str, Any]:
    """Entry points of the group named like the package."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=package)}


def load(package: str, name: str, constant: str) -> Any:
    """The typed constant that a plug-in's file ends in; own files first, entry points last.

    Raises UsageFault `unknown-plugin` that lists what there is.
    """
    module_name = name.replace("-", "_")
    try:
        if not name.replace("-", "").isalnum():
            raise ModuleNotFoundError(name=f"{package}.{module_name}")
        module = importlib.import_module(f"{package}.{module_name}")
    except ModuleNotFoundError as fault:
        if fault.name != f"{package}.{module_name}":
            raise
        if name in _added(package):
            return _added(package)[name].load()
        kind = package.rpartition(".")[2].rstrip("s")
        known = ", ".join(n.replace("_", "-") for n in names(package))
        raise UsageFault(
            f"no {kind} '{name}'; expected one of {known}", code="unknown-plugin"
        ) from None
    return getattr(module, constant)
