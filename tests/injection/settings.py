"""The places where text can stand in `wombat.yml`.

`<P>` is the payload, quoted. `where` says how it reaches generated files: not at all, or verbatim.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Place(NamedTuple):
    """One place, and whether generated files hold its text as it is."""

    text: str
    verbatim: bool = False
    neutral: str = "neutral-text"


def _gitlab(words: str) -> str:
    return f"project: shop\ngitlab: {{{words}}}\n"


REFUSED: Final = {
    "unknown key": "<P>: 1\n",
    "gitlab key": _gitlab("<P>: 1"),
    "effects": "profiles: {production: {effects: <P>}}\n",
    "compute cpu": "compute: {large: {cpu: <P>}}\n",
    "gitlab limit": _gitlab("limits: {jobs: <P>}"),
    "policy key": "policies: {production: {<P>: 1}}\n",
}
"""Where none of these texts can stand."""

PLACES: Final[dict[str, Place]] = {
    "project": Place("project: <P>\n"),
    "store": Place("project: shop\nstore: <P>\n"),
    "image": Place("images: {base: <P>}\n", verbatim=True, neutral="python:3.12"),
    "image name": Place("images: {<P>: x}\n"),
    "compute name": Place("compute: {<P>: {cpu: 1}}\n"),
    "compute tags": Place("compute: {large: {tags: [<P>]}}\n", verbatim=True),
    "compute memory": Place("compute: {large: {memory: <P>}}\n", neutral="1GiB"),
    "profile": Place("profiles: {<P>: {effects: true}}\n"),
    "policy name": Place("policies: {<P>: {on_fail: error}}\n"),
    "policy value": Place("policies: {production: {on_fail: <P>}}\n", neutral="error"),
    "gitlab tier": Place(_gitlab("tier: <P>"), neutral="free"),
    "gitlab yaml limit": Place(_gitlab("limits: {yaml: <P>}"), neutral="1GiB"),
    "gitlab image": Place(_gitlab("image: <P>"), verbatim=True, neutral="python:3.12"),
    "gitlab wombat": Place(_gitlab("wombat: <P>"), neutral="present"),
    "gitlab requirements": Place(_gitlab("wombat: install, requirements: <P>"), verbatim=True),
    "gitlab include": Place(_gitlab("include: [<P>]"), verbatim=True, neutral="neutral.yml"),
    "gitlab include, local": Place(
        _gitlab("include: [{local: <P>}]"), verbatim=True, neutral="neutral.yml"
    ),
    "gitlab extends": Place(_gitlab("include: [a.yml], extends: [<P>]"), verbatim=True),
    "gitlab variable": Place(_gitlab("variables: {X: <P>}"), verbatim=True),
    "gitlab variable name": Place(_gitlab("variables: {<P>: x}"), verbatim=True, neutral="NEUTRAL"),
    "gitlab tag": Place(_gitlab("tags: [<P>]"), verbatim=True),
    "gitlab service": Place(_gitlab("services: [<P>]"), verbatim=True),
    "gitlab service, name": Place(_gitlab("services: [{name: <P>}]"), verbatim=True),
    "gitlab before_script": Place(_gitlab("before_script: [<P>]"), verbatim=True),
    "gitlab token": Place(_gitlab("id_tokens: {<P>: {aud: x}}"), verbatim=True, neutral="NEUTRAL"),
    "gitlab audience": Place(_gitlab("id_tokens: {TOKEN: {aud: <P>}}"), verbatim=True),
}
