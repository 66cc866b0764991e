"""pandera on Spark, in a venv of its own: generated schemas judge frames of a real local Spark."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.data.test_spark import QUICK_START
from tests.tools.cache import spark_folder

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_generated_schemas_on_a_real_spark(tmp_path):
    """What can't run there fails here."""
    python = spark_folder() / "bin" / "python"
    assert python.is_file(), "Spark isn't installed: bash tests/tools/install.sh spark"
    done = subprocess.run(
        [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider",
         "tests/pandera/spark/generated.py"],
        cwd=ROOT,
        env={
            **os.environ,
            "JAVA_TOOL_OPTIONS": QUICK_START,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert "23 passed" in done.stdout
