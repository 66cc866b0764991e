"""How much memory a process held at its peak: of itself, not of the process that began it."""

from __future__ import annotations

from pathlib import Path


def peak() -> int:
    """Bytes, by Linux. `ru_maxrss` would count what the parent held when it forked."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    raise AssertionError("no peak in /proc/self/status")
