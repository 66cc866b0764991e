"""The annotation of a parameter that is a path to write an output to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    _Concrete = Path
else:
    _Concrete = type(Path())  # a subclass of Path itself can't be made before Python 3.12


class Output(_Concrete):
    """The path of an output that a task writes by itself.

    A parameter named like an output and annotated so gets the path of its file, or of its folder
    for a `directory`. The folder it lies in is there and empty.
    """
