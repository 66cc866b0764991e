"""What is known of stored artifacts without their store: the schemas that the lock recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wombat.language.address import parse_address

if TYPE_CHECKING:
    from wombat.errors import Place
    from wombat.plan.scope import Scope
    from wombat.schema.model import FrameSchema


@dataclass(frozen=True)
class Recorded:
    """The schema that a stored artifact was judged by, in the profile of its run, and the file that
    keeps it here. `schema` None: its producer recorded none."""

    type: str
    schema: FrameSchema | None
    profile: str
    place: Place


def recorded(scope: Scope, text: str) -> Recorded | None:
    """What is known of a stored artifact by its address, as it is written."""
    return scope.recorded.get(canonical(text, scope.spec.project.project))


def canonical(text: str, project: str | None) -> str:
    """An address as the lock has it: the own project isn't named. UsageFault."""
    address = parse_address(text)
    return str(replace(address, project=None) if address.project == project else address)
