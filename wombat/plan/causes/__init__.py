"""What differs between two works of a task, told in the words of whoever wrote it. Pure."""

from wombat.plan.causes.compare import causes, same
from wombat.plan.causes.judged import checked_causes, judged_causes
from wombat.plan.causes.work import UNKNOWN, Cause, Work, work_of

__all__ = [
    "UNKNOWN",
    "Cause",
    "Work",
    "causes",
    "checked_causes",
    "judged_causes",
    "same",
    "work_of",
]
