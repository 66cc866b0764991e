"""Names of profiles in policies that are nearly one that runs have by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.language.near import near
from wombat.language.project import GIVEN_PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wombat.errors import Diagnostics
    from wombat.language.load import Spec
    from wombat.language.source import Document
    from wombat.schema.load import Located

Written = tuple["Document", tuple[str, ...]]
"""A document and the steps to a profile's key."""


def warn_of_profiles(spec: Spec, schemas: Mapping[str, Located], sink: Diagnostics) -> None:
    """Warns of policies that would never count; a profile that `wombat.yml` has is meant so."""
    for document, steps in (*_of_files(spec), *_of_schemas(schemas.values())):
        name = steps[-1]
        if name in (*GIVEN_PROFILES, *spec.project.profiles) or (meant := _meant(name)) is None:
            continue
        sink.warn(
            "profile-name",
            f"no run has the profile '{name}' by itself; expected {' or '.join(GIVEN_PROFILES)}",
            document.key_at(*steps),
            hint=f"{meant} Where it is meant so: profiles: {{{name}: {{}}}} in wombat.yml",
        )


def _meant(name: str) -> str | None:
    whole = [given for given in GIVEN_PROFILES if len(name) > 2 and given.startswith(name)]
    return f"did you mean '{whole[0]}'?" if whole else near(name, GIVEN_PROFILES)


def _of_files(spec: Spec) -> Iterator[Written]:
    if spec.project_document is not None:
        for name in spec.project.policies:
            yield spec.project_document, ("policies", name)
    for _, pipeline in sorted(spec.pipelines.items()):
        for task, decl in pipeline.decl.tasks.items():
            both = (("inputs", decl.inputs), ("outputs", decl.outputs))
            for word, places in both:
                for key, one in places.items():
                    for name in one.policies:
                        yield pipeline.document, ("tasks", task, word, key, "policies", name)


def _of_schemas(schemas: Iterable[Located]) -> Iterator[Written]:
    for one in schemas:
        for name in one.schema.policies:
            yield one.document, ("policies", name)
