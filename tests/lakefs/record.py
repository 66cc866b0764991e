"""Writes down what a real server answers: `python -m tests.lakefs.record`.

`WOMBAT_TEST_LAKEFS=http://KEY:SECRET@HOST:PORT` names the server.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

from tests.lakefs.exchanges import Teller
from tests.lakefs.raw import Raw
from tests.lakefs.scenario import CHAPTERS, Chapter

RECORDED = Path(__file__).parent / "recorded"


def tell(chapter: Chapter, endpoint: str, key: str, secret: str) -> list[dict[str, object]]:
    """The chapter's exchanges with a server, in a repository that is deleted behind it."""
    with Raw(endpoint, key, secret) as raw:
        teller = Teller(raw, {"key": key, "secret": secret})
        made = raw.ask("POST", "/repositories", tree=teller.repository_tree)
        assert made.status == 201, made
        try:
            chapter(teller)
        finally:
            raw.ask("DELETE", f"/repositories/{teller.repository}", {"force": "true"})
        told: list[dict[str, object]] = json.loads(json.dumps(teller.exchanges))
        return told


def main() -> None:
    parts = urlsplit(os.environ["WOMBAT_TEST_LAKEFS"])
    endpoint = f"{parts.scheme}://{parts.hostname}:{parts.port}"
    for name, chapter in CHAPTERS.items():
        told = tell(chapter, endpoint, parts.username or "", parts.password or "")
        text = json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True)
        (RECORDED / f"{name}.json").write_text(text + "\n")
        print(f"{name}: {len(told)} requests")


if __name__ == "__main__":
    main()
