"""What `wombat.yml` says of GitLab, and GitLab couldn't do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.backends import Unsupported
from wombat.backends._schemas import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_INPUT: Final = "$[["
_WITH_INPUTS: Final = (
    *("image", "tags", "before_script"),
    *("requirements", "services", "variables", "id_tokens"),
)
_OF_JOBS: Final = (
    *("extends", "image", "tags", "services"),
    *("variables", "before_script", "id_tokens"),
)
_SCHEMA: Final = "gitlab-ci.json"


def section_findings(options: Mapping[str, Any]) -> Iterator[Unsupported]:
    """One for each word that can't be meant; all are errors."""
    yield from _include(options)
    yield from _extends(options)
    for word in _WITH_INPUTS:
        if _INPUT in str(options.get(word, "")):
            said = f"GitLab reads an input in '{_INPUT}'; expected text without it"
            yield Unsupported(None, None, said, option=word)
    yield from _refused(options)


def _refused(options: Mapping[str, Any]) -> Iterator[Unsupported]:
    """Words that GitLab's own schema refuses wherever they stand."""
    documents: dict[str, Any] = {
        word: {"job": {word: options[word], "script": ["true"]}}
        for word in _OF_JOBS
        if word in options
    }
    if "include" in options:
        documents["include"] = {"include": options["include"]}
    for word, document in documents.items():
        if (reason := refusal(document, _SCHEMA)) is not None:
            said = f"GitLab refuses {reason.removeprefix('job.')}"
            yield Unsupported(None, None, said, option=word)


def _include(options: Mapping[str, Any]) -> Iterator[Unsupported]:
    if "$" in str(options.get("include", "")):
        said = "include has a '$'; expected paths as they are, since a generated child has no "
        said += "variables there"
        yield Unsupported(None, None, said, option="include")


def _extends(options: Mapping[str, Any]) -> Iterator[Unsupported]:
    names = options.get("extends", ())
    if names and not options.get("include"):
        said = f"nothing defines '{names[0]}'; expected the file that does in include"
        hint = "a child pipeline knows nothing of .gitlab-ci.yml"
        yield Unsupported(None, None, said, hint, option="extends")
    for name in names:
        if name == ".wombat" or name.startswith(".wombat-"):
            said = f"'{name}' is a name of wombat's own; expected one of yours"
            yield Unsupported(None, None, said, option="extends")
