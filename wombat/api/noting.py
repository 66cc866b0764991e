"""A note in the merge request at hand: one for each thing that is told, brought up to date."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wombat.api.forge import Wish, connect_if_asked
from wombat.api.reviewing import bounded
from wombat.digest import digest_bytes
from wombat.errors import WombatError
from wombat.forge.answers import natural
from wombat.review.places import repository_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wombat.forge.gitlab import Gitlab

VARIABLE: Final = "WOMBAT_NOTE_TOKEN"
"""It asks for notes, and holds a token that may write them."""
SIZE: Final = 60_000
PATIENCE: Final = 10.0
"""Seconds for each answer: a note isn't worth a job's time."""


def note(
    root: Path,
    about: str,
    text: str,
    *,
    begin: bool = True,
    environ: Mapping[str, str] | None = None,
) -> str | None:
    """Says Markdown in the merge request that this job is of; why that wasn't done, or None.

    Nothing is said without the token's variable, and outside of merge requests. `about` names the
    note: an earlier one of the same name by the same user is changed instead of another added, and
    without `begin` only that. Whatever goes wrong is told, and never raised: no job fails by it.
    """
    given = os.environ if environ is None else environ
    request = natural(given.get("CI_MERGE_REQUEST_IID", ""))
    if request is None:
        return None
    try:
        forge = connect_if_asked(root, Wish(token=VARIABLE), environ=given)
        if forge is not None:
            patient = replace(forge, http=replace(forge.http, timeout=PATIENCE))
            _say(patient, request, _mark(root, about), harmless(bounded(text, SIZE)), begin=begin)
    except WombatError as fault:
        return f"no note in merge request {request}: {fault.message}"
    return None


def _say(forge: Gitlab, request: int, mark: str, text: str, *, begin: bool) -> None:
    """Of several that fit, as two jobs at once may leave, the oldest is kept up to date."""
    body, user = f"{mark}\n{text}", forge.user()
    found = [one for one in forge.notes(request) if one.author == user and _is(one.body, mark)]
    if not found:
        if begin:
            forge.create_note(request, body)
        return
    earlier = min(found, key=lambda one: one.id)
    if earlier.body != body:
        forge.update_note(request, earlier.id, body)


def _is(body: str, mark: str) -> bool:
    return body.split("\n", 1)[0].strip() == mark


def _mark(root: Path, about: str) -> str:
    """A comment that nobody sees; of several projects in one repository each has its own."""
    prefix = repository_prefix(root)
    where = f" in {digest_bytes(prefix.encode())[:12]}" if prefix else ""
    return f"<!-- wombat: {about}{where} -->"


def harmless(text: str) -> str:
    """Without lines that GitLab would take for commands, as in `/merge`."""
    return "\n".join(f"\\{line}" if line.startswith("/") else line for line in text.split("\n"))
