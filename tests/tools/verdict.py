"""Reads a JUnit report and says what came of it; a skipped test is a failure, so is no test at all.

An expected failure (xfail) carries its reason and is no skip.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def verdict(report: Path) -> tuple[str, bool]:
    """The last line to print, and whether it is good."""
    if not report.is_file():
        return f"no report at {report}: the tests did not run", False
    passed, failed, skipped = 0, 0, []
    for case in ET.parse(report).getroot().iter("testcase"):
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif skip is not None and skip.get("type") != "pytest.xfail":
            skipped.append(f"{case.get('classname')}::{case.get('name')}: {skip.get('message')}")
        else:
            passed += 1
    for line in skipped:
        print(f"skipped: {line}")
    said = f"{passed} passed, {failed + len(skipped)} failed"
    return said, passed > 0 and not failed and not skipped


if __name__ == "__main__":
    text, good = verdict(Path(sys.argv[1]))
    print(text)
    sys.exit(0 if good else 1)
