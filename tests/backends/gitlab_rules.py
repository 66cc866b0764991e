"""GitLab's rules as GitLab evaluates them: the part of its expressions that the template uses."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml

TOKEN = re.compile(
    r"\s*(?:\$(?P<var>[A-Za-z_]\w*)|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\""
    r"|/(?P<regex>(?:[^/\\]|\\.)+)/|(?P<null>null\b)|(?P<sign>==|!=|=~|!~|&&|\|\||\(|\)))"
)
BLOCK = re.compile(r"\$\[\[ inputs\.(\w+) \]\]")


@dataclass(frozen=True)
class Added:
    """A job as a pipeline gets it: when it runs, and its variables."""

    when: str
    variables: dict[str, str]
    allow_failure: bool = False


def truthful(text: str, variables: dict[str, str]) -> bool:
    """Whether a rule's `if` holds: an empty text does not, though `&&` takes it for true."""
    tokens = _tokens(text)
    value = _either(tokens, variables)
    assert not tokens, f"{text}: {tokens} left over"
    return value not in (None, False, "")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(text.rstrip()):
        token = TOKEN.match(text, at)
        assert token, f"no expression: {text[at:]}"
        found += [(kind, part) for kind, part in token.groupdict().items() if part is not None]
        at = token.end()
    return found


def _taken(tokens: list[tuple[str, str]], *signs: str) -> str | None:
    if tokens and tokens[0][0] == "sign" and tokens[0][1] in signs:
        return tokens.pop(0)[1]
    return None


def _either(tokens: list[tuple[str, str]], given: dict[str, str]) -> Any:
    left = _both(tokens, given)
    while _taken(tokens, "||"):
        right = _both(tokens, given)
        left = left if left not in (None, False) else right
    return left


def _both(tokens: list[tuple[str, str]], given: dict[str, str]) -> Any:
    left = _compared(tokens, given)
    while _taken(tokens, "&&"):
        right = _compared(tokens, given)
        left = right if left not in (None, False) else left
    return left


def _compared(tokens: list[tuple[str, str]], given: dict[str, str]) -> Any:
    left = _one(tokens, given)
    if sign := _taken(tokens, "==", "!="):
        return (left == _one(tokens, given)) == (sign == "==")
    if sign := _taken(tokens, "=~", "!~"):
        kind, pattern = tokens.pop(0)
        assert kind == "regex"
        found = left is not None and re.search(pattern, left) is not None
        return found == (sign == "=~")
    return left


def _one(tokens: list[tuple[str, str]], given: dict[str, str]) -> Any:
    if _taken(tokens, "("):
        inner = _either(tokens, given)
        assert _taken(tokens, ")")
        return inner
    kind, part = tokens.pop(0)
    assert kind in ("var", "single", "double", "null"), (kind, part)
    return given.get(part) if kind == "var" else None if kind == "null" else part


def filled(text: str, **inputs: Any) -> dict[str, Any]:
    """A template's jobs: inputs are put in as text, lists as JSON, and only then is it read."""
    head, _, body = text.partition("\n---\n")
    spec = yaml.safe_load(head)["spec"]["inputs"]
    values = {name: inputs.get(name, said.get("default")) for name, said in spec.items()}
    assert not set(inputs) - set(spec), set(inputs) - set(spec)

    def put(block: re.Match[str]) -> str:
        value = values[block[1]]
        return value if isinstance(value, str) else json.dumps(value)

    document = yaml.load(BLOCK.sub(put, body), yaml.CSafeLoader)
    return {name: resolved(name, document) for name in document if not name.startswith(".")}


def resolved(name: str, document: dict[str, Any]) -> dict[str, Any]:
    """A job with what it extends, mappings merged."""
    job = document[name]
    if "extends" not in job:
        return job
    return merged(resolved(job["extends"], document), {k: job[k] for k in job if k != "extends"})


def merged(low: Any, high: Any) -> Any:
    if not (isinstance(low, dict) and isinstance(high, dict)):
        return high
    both = {key: merged(low[key], high[key]) for key in low.keys() & high.keys()}
    return {**low, **high, **both}


def added(jobs: dict[str, dict[str, Any]], variables: dict[str, str]) -> dict[str, Added]:
    """The jobs of the pipeline that these variables describe: the first rule that holds decides."""
    found = {name: _added(job, variables) for name, job in jobs.items()}
    return {name: one for name, one in found.items() if one is not None}


def _added(job: dict[str, Any], variables: dict[str, str]) -> Added | None:
    for rule in job["rules"]:
        if truthful(rule["if"], variables):
            when = rule.get("when", "on_success")
            own = {**job.get("variables", {}), **rule.get("variables", {})}
            manual = rule.get("allow_failure", False)
            return None if when == "never" else Added(when, own, manual)
    return None
