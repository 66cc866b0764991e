"""Hooks that refuse: of a repository's action files those whose Lua says `error("…")`."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import yaml

from tests.lakefs.double.answers import Trouble

if TYPE_CHECKING:
    from tests.lakefs.double.state import Tree

FOLDER: Final = "_lakefs_actions/"
_ERROR: Final = re.compile(r'error\("([^"]*)"\)')


def ask_hooks(tree: Tree, event: str, branch: str, before: str = "") -> None:
    """Trouble (412) where one of them refuses an event on a branch; `before` begins its words."""
    for path, entry in sorted(tree.items()):
        if not path.startswith(FOLDER) or not isinstance(entry.body, bytes):
            continue
        # All of it as words: to YAML `on` and `no` are truths.
        action = yaml.load(entry.body, Loader=yaml.BaseLoader)
        wanted = action.get("on") or {}
        branches = (wanted.get(event) or {}).get("branches") or ["*"]
        if event in wanted and any(fnmatchcase(branch, one) for one in branches):
            _run(action, event, before)


def _run(action: dict[str, object], event: str, before: str) -> None:
    for hook in action["hooks"]:  # type: ignore[attr-defined]
        found = _ERROR.search(hook["properties"]["script"])
        if found:
            raise Trouble(
                412,
                f"{before}{event} hook aborted, run id '0': 1 error occurred:\n\t* hook run id "
                f"'0000_0000' failed on action '{action['name']}' hook '{hook['id']}': action "
                f'failed: runtime error: [string "lua"]:1: {found[1]}\nstack traceback:\n\t[Go]: '
                'in ?\n\t[string "lua"]:1: in main chunk\n\n',
            )
