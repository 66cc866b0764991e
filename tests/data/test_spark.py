"""Spark, in a venv of its own: what is its own, and the suites of all libraries of frames."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.tools.cache import spark_folder

ROOT = Path(__file__).parents[2]
SUITES = (
    "tests/data/spark/frames.py",
    "tests/data/test_conformance.py",
    "tests/data/test_traps.py",
)
OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.session.timeZone": "America/New_York",
    "spark.log.level": "ERROR",
}

QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Of Java, for a process that lives for a minute on two cores: half of its time."""


@pytest.mark.slow
def test_spark_passes_the_suites_of_all_libraries(tmp_path):
    """A real Spark on this machine, whose zone is somebody's; what can't run there fails here."""
    python = spark_folder() / "bin" / "python"
    assert python.is_file(), "Spark isn't installed: bash tests/tools/install.sh spark"
    options = " ".join(f"--conf {word}={value}" for word, value in OPTIONS.items())
    done = subprocess.run(
        [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "spark", *SUITES],
        cwd=ROOT,
        env={
            **os.environ,
            "WOMBAT_TEST_SPARK": "1",
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(tmp_path),
            "JAVA_TOOL_OPTIONS": QUICK_START,
            "PYSPARK_SUBMIT_ARGS": f"--master local[1] {options} pyspark-shell",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout
