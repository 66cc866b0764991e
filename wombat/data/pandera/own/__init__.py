"""Checks that pandera's own ones get wrong or don't have: one file a library, standing alone."""
