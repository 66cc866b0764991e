"""Writes what it was given: `argv.py OUT NAME VALUE [NAME VALUE …]`."""

import hashlib
import json
import os
import sys
from pathlib import Path

words = sys.argv[2:]
given = {
    name: hashlib.sha256(os.fsencode(value)).hexdigest()
    for name, value in zip(words[::2], words[1::2], strict=True)
}
Path(sys.argv[1]).write_text(json.dumps(given))
