"""Where a pipeline stands in lakeFS, and under which names its runs get there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wombat.store.lakefs.client import Client
    from wombat.store.lakefs.objects import Object

RECORD: Final = "_wombat.json"
"""What a projection says of itself, beside the tasks' folders."""
CONTENT: Final = "wombat-content"
OWNER: Final = "wombat-owner"
EXECUTABLE: Final = "wombat-executable"
SUM: Final = "wombat-md5"


@dataclass(frozen=True)
class Target:
    """A pipeline's place: a folder on a branch of a repository, and whose it is."""

    client: Client
    branch: str
    path: str
    project: str
    pipeline: str
    zone: str
    store: str
    """What is shown: `t` or `local`, and the id of the store that it is in."""
    force: bool = False
    """Whether what another zone or store shows here is taken over."""

    @property
    def root(self) -> str:
        """The folder's path, with a slash at its end; nothing outside of it is ever written."""
        return f"{self.path}/{self.pipeline}/" if self.path else f"{self.pipeline}/"

    @property
    def record(self) -> str:
        return f"{self.root}{RECORD}"

    @property
    def owner(self) -> str:
        return f"{self.project}/{self.pipeline}"

    @property
    def prefix(self) -> str:
        """Branches of all runs begin so, and some of pipelines whose names begin like this one."""
        return f"wombat-{self.pipeline}-"

    def run_branch(self, run: str) -> str:
        return f"{self.prefix}{run}"

    def address(self, ref: str | None = None, path: str | None = None) -> str:
        """As people write it; the folder on the branch, unless told otherwise."""
        place = self.root.rstrip("/") if path is None else path
        return f"lakefs://{self.client.repository}/{ref or self.branch}/{place}"

    def metadata(self, content: str, *, executable: bool = False) -> dict[str, str]:
        """What each object of ours says of itself; small ones have the MD5 beside it."""
        said = {CONTENT: content, OWNER: self.owner}
        return {**said, EXECUTABLE: "true"} if executable else said

    def ours(self, found: Object) -> bool:
        return found.metadata.get(OWNER) == self.owner and CONTENT in found.metadata
