"""The version, a literal so that no metadata is read at start-up."""

__version__ = "0.1.0"
