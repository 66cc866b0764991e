"""Frames and files at a task's boundary: canonical forms, validation, statistics."""
