"""Pipelines in YAML, proven by dataframe schemas, compiled into ordinary CI jobs."""

from typing import TYPE_CHECKING, Any

from wombat.version import __version__

if TYPE_CHECKING:
    from wombat.api.artifacts import load
    from wombat.executor.output import Output

__all__ = ["Output", "__version__", "load"]


def __getattr__(name: str) -> Any:
    """Loads the public names when they are first asked for, so that the command starts at once."""
    if name == "load":
        from wombat.api.artifacts import load

        return load
    if name == "Output":
        from wombat.executor.output import Output

        return Output
    raise AttributeError(f"module 'wombat' has no attribute {name!r}")
