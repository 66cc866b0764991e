"""Expressions of pandera made into its objects."""

from __future__ import annotations

import datetime as dt
import functools
import importlib
from typing import TYPE_CHECKING, Any

from wombat.data.functions import load_function
from wombat.data.pandera.calls import evaluate

if TYPE_CHECKING:
    from wombat.data.pandera.calls import Call


def build(tree: Call, library: str) -> Any:
    """The object of an expression; loads the library and pandera."""
    return evaluate(tree, _Names(library))


class _Names(dict[str, Any]):
    """The names that expressions use, each loaded when it is met."""

    def __init__(self, library: str) -> None:
        plain = {"object": object, "bytes": bytes, "float": float}
        super().__init__(plain, datetime=dt, functools=functools, code=load_function)
        self._library = library

    def __missing__(self, name: str) -> Any:
        library = self._library
        modules = {
            "pa": f"pandera.{library}",
            "own": f"wombat.data.pandera.own.{library}",
            "engine": f"pandera.engines.{library}_engine",
            "pd": "pandas",
            "pl": "polars",
            "T": "pyspark.sql.types",
        }
        self[name] = importlib.import_module(modules[name])
        return self[name]
