"""What the pipelines of a compilation would do that are about to begin, for its merge request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.api.explaining import Explaining
from wombat.api.foreseeing import foresee
from wombat.api.reusing import Followed
from wombat.api.then import find_then
from wombat.errors import WombatError
from wombat.review.outlook import Forecast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from wombat.api.selecting import Chosen
    from wombat.plan.ir import Plan
    from wombat.review.outlook import TaskOutlook

    Outlooks = Mapping[str, tuple[Forecast, Mapping[str, TaskOutlook]]]
    """Of each pipeline that begins, and of each of its tasks."""


def outlooks(chosen: Chosen, plans: Mapping[str, Plan]) -> Outlooks:
    """A few requests for each pipeline; what can't be foreseen says why, as it stops nothing."""
    return {str(one["pipeline"]): _one(chosen, one, plans) for one in chosen.headers}


def _one(
    chosen: Chosen, header: Mapping[str, Any], plans: Mapping[str, Plan]
) -> tuple[Forecast, Mapping[str, TaskOutlook]]:
    name = str(header["pipeline"])
    followed = Followed(dict(header), chosen.fates[name])
    try:
        then = find_then(chosen.session, name, None)
        found = foresee(Explaining(chosen.session, plans[name], followed, then))
    except WombatError as fault:
        return Forecast(str(header["branch"]), note=fault.message), {}
    return found.forecast, found.tasks
