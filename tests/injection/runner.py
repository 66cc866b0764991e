"""Jobs of a generated file, executed as a runner of GitLab does: a shell, variables, lines."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_VARIABLE = re.compile(r"\$\$|\$\{(\w+)\}|\$(\w+)|%(\w+)%")


def jobs(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The jobs of a child with what they extend, in the order of the file."""
    document = yaml.load(text, Loader=yaml.CSafeLoader)
    for name, body in document.items():
        if isinstance(body, dict) and "script" in body and not name.startswith("."):
            yield name, merged(document, body)


def merged(document: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    if "extends" not in body:
        return dict(body)
    above = merged(document, document[body["extends"]])
    variables = {**above.get("variables", {}), **body.get("variables", {})}
    return {**above, **body, "variables": variables}


def expanded(text: str, known: Mapping[str, str]) -> str:
    """A variable's value after GitLab put other variables into it."""

    def put(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        return known.get(found[1] or found[2] or found[3], "")

    return _VARIABLE.sub(put, text)


def script(job: Mapping[str, Any], known: Mapping[str, str]) -> str:
    """The text that the runner gives to the shell."""
    exports = [
        f"export {name}={shlex.quote(expanded(str(value), known))}"
        for name, value in job.get("variables", {}).items()
    ]
    return "\n".join(["set -e", *exports, *job.get("before_script", ()), *job["script"]]) + "\n"


def execute(
    shell: str, job: Mapping[str, Any], folder: Path, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Runs a job's lines; GitLab's shells read them from standard input."""
    return subprocess.run(
        [shell],
        input=script(job, environ),
        cwd=folder,
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
