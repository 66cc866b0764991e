"""A credential by the name of its environment variable; its value is never shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT: Final = "GITLAB_TOKEN"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_VALUE: Final = re.compile(r"[\x21-\x7e]{1,8192}")


@dataclass(frozen=True, slots=True)
class Token:
    """The variable's name, and a value that no text of this object shows."""

    name: str
    value: str = field(repr=False)


def find_token(name: str | None, environ: Mapping[str, str]) -> Token | None:
    """The token in the named variable, by default GITLAB_TOKEN; None where that is unset.

    UsageFault `forge-token` for what is no variable's name, and for a value that is no token;
    neither is repeated: somebody may have written the token itself.
    """
    name = name or DEFAULT
    if not _NAME.fullmatch(name):
        raise UsageFault(
            "--token takes the name of an environment variable, never its value; expected one "
            f"like {DEFAULT}",
            code="forge-token",
        )
    value = environ.get(name, "").strip()
    if not value:
        return None
    if not _VALUE.fullmatch(value):
        raise UsageFault(
            f"the variable {name} holds no token; expected one line of printable ASCII",
            code="forge-token",
        )
    return Token(name, value)


def need_token(name: str | None, environ: Mapping[str, str]) -> Token:
    """As `find_token`; UsageFault `forge-token` where there is none."""
    found = find_token(name, environ)
    if found is None:
        raise UsageFault(
            f"no token is in the variable {name or DEFAULT}; expected one with the scope 'api'",
            code="forge-token",
            hint="a project access token of a maintainer will do; --token NAME reads another one",
        )
    if found.name == "CI_JOB_TOKEN":
        raise UsageFault(
            "a job's own token has no right to schedules; expected a project access token",
            code="forge-token",
            hint=f"put one into a masked, protected variable such as {DEFAULT}",
        )
    return found


def hidden(text: str, token: Token | None) -> str:
    """A server's text without the token, should it echo that; in host names letters change case."""
    if token is None:
        return text
    return re.sub(re.escape(token.value), "[hidden]", text, flags=re.IGNORECASE)


def hidden_in(tree: Any, token: Token | None) -> Any:
    """As `hidden`, for every text of a JSON tree but its keys. RecursionError where it is deep."""
    if isinstance(tree, str):
        return hidden(tree, token)
    if isinstance(tree, list):
        return [hidden_in(one, token) for one in tree]
    if isinstance(tree, dict):
        return {key: hidden_in(one, token) for key, one in tree.items()}
    return tree
