"""One question to code of the project, in a process of its own: no credentials, and an end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import TaskFailed
from wombat.executor.environment import allowed

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT: Final = 120.0
_LAST: Final = 40
# -P keeps the project's own modules from standing in for ours while we start; they come after.
_START: Final = (
    "import sys; sys.path.append(sys.argv[1]); from {module} import main; "
    "sys.path[:0] = sys.argv[4:]; main(sys.argv[2], sys.argv[3])"
)
_PACKAGES: Final = str(Path(__file__).resolve().parents[2])


def ask(
    root: Path, module: str, question: Mapping[str, Any], *, what: str, timeout: float = TIMEOUT
) -> Any:
    """The JSON that `main(question file, answer file)` of a module of ours answers.

    It runs in the project's root, which is on the import path with `src`, with the environment of a
    task: none of the store's credentials. What it prints goes to standard error. `what` names the
    user's code for people. Raises TaskFailed `task-failed` where it ends without an answer, the end
    of what it printed in the hint, or takes longer than `timeout` seconds.
    """
    with tempfile.TemporaryDirectory(prefix="wombat-ask-") as folder:
        asked, answer = Path(folder, "question.json"), Path(folder, "answer.json")
        asked.write_text(json.dumps(question), encoding="utf-8")
        said = _run(root, module, [str(asked), str(answer)], what, timeout)
        if not answer.exists():
            raise TaskFailed(f"{what} ended before it was done", hint=_end(said))
        if said:
            sys.stderr.write(said)
        try:
            return json.loads(answer.read_bytes())
        except (ValueError, RecursionError):
            raise TaskFailed(f"{what} gave an answer that is no JSON", hint=_end(said)) from None


def _run(root: Path, module: str, files: list[str], what: str, timeout: float) -> str:
    roots = [str(root)] + ([str(root / "src")] if (root / "src").is_dir() else [])
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _START.format(module=module), _PACKAGES, *files, *roots],
        cwd=root,
        env=allowed(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=timeout)[0]
    except subprocess.TimeoutExpired:
        raise TaskFailed(f"{what} took longer than {timeout:g} s") from None
    finally:
        # its children too, whatever they were started for
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _end(said: str) -> str | None:
    return "\n".join(said.rstrip().splitlines()[-_LAST:]) or None
