"""Values reach Python, argv and shell tasks byte for byte, through GitLab's jobs."""

from __future__ import annotations

import hashlib
import json

import pytest

pytestmark = pytest.mark.slow

VALUES = {
    "quotes": """it's "both" and `ticks` and \\ and \\n and \\\\""",
    "lines": "first\nsecond\r\n\tthird\n\n",
    "token": "$CI_JOB_TOKEN ${CI_JOB_TOKEN} $$ $",
    "command": "$(id) `id` ; id && id | id > x # rest",
    "braces": "{{x}} {% y %} ${{ x }} $[[ x ]] %{z} {0}",
    "emoji": "naïve 🦘 \u202e \u0085 \u2028 e\u0301",
    "spaces": "  leading and trailing  ",
    "dashes": "--flag=-rf /",
    "empty": "",
    "number": "010",
    "nay": "no",
    "big": "0123456789abcdef" * 4096,
}
KINDS = ("python", "argv", "shell")
EXPECTED = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in VALUES.items()}


def quoted(text: str) -> str:
    """A double-quoted YAML scalar; YAML has no surrogate pairs, so only the plane 0 is escaped."""
    return "".join(c if ord(c) > 0xFFFF else json.dumps(c)[1:-1] for c in text).join('""')


def pipeline() -> str:
    params = "\n".join(
        f"  {name}: {{type: string, default: {quoted(text)}}}" for name, text in VALUES.items()
    )
    given = ", ".join(f"{name}: $params.{name}" for name in VALUES)
    argv = ", ".join(f"{name}, $params.{name}" for name in VALUES)
    shell = "\n".join(
        f'      printf \'"%s": "%s",\' {name} "$(digest "$WOMBAT_PARAM_{name.upper()}")"'
        for name in VALUES
    )
    return f"""\
pipeline: values
params:
{params}
tasks:
  python:
    run: tools.python:seen
    with: {{{given}}}
    outputs: {{in_python: {{type: json}}}}
  argv:
    command: [python, tools/argv.py, $outputs.in_argv, {argv}]
    outputs: {{in_argv: {{type: json}}}}
  shell:
    with: {{{given}}}
    shell: |
      digest() {{ printf %s "$1" | sha256sum | cut -d' ' -f1; }}
      exec > "$WOMBAT_OUTPUT_IN_SHELL"
      printf '{{'
{shell}
      printf '"end": ""}}'
    outputs: {{in_shell: {{type: json}}}}
"""


def test_values_arrive_byte_for_byte(scratch_project, tmp_path):
    project = scratch_project("values")
    project.write("pipelines/values.yml", pipeline())
    project.commit()

    ran = project.gitlab()

    jobs = (
        "wombat-compile",
        "wombat-report",
        *(f"values/{kind}" for kind in KINDS),
        "values/publish",
    )
    assert ran.exit_codes() == dict.fromkeys(jobs, 0), ran.output
    for kind in KINDS:
        assert pulled(project, f"in_{kind}", tmp_path / kind) == EXPECTED, kind


def test_no_value_stands_in_a_generated_file(scratch_project):
    project = scratch_project("values")
    project.write("pipelines/values.yml", pipeline())
    project.wombat("compile", "--to", "gitlab", "--out", "build")

    generated = "".join(p.read_text() for p in project.root.glob("build/*") if p.is_file())

    assert "values/shell" in generated
    for name in ("quotes", "token", "command", "braces", "emoji", "big"):
        assert VALUES[name][:12] not in generated, name


def pulled(project, name: str, folder) -> dict[str, str]:
    project.wombat("pull", f"values/{name}", "-o", str(folder))
    (path,) = [path for path in folder.rglob("*") if path.is_file()]
    return {key: text for key, text in json.loads(path.read_text()).items() if key != "end"}
