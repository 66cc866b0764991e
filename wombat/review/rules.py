"""The rules: one Markdown file a code, shown as it is."""

from __future__ import annotations

from importlib.resources import files

from wombat.errors import UsageFault
from wombat.language.near import near


def codes() -> list[str]:
    """Every code that has a rule, sorted."""
    folder = files("wombat") / "rules"
    return sorted(f.name.removesuffix(".md") for f in folder.iterdir() if f.name.endswith(".md"))


def explain(code: str) -> str:
    """A rule's text; raises UsageFault `unknown-rule` with a near miss."""
    if code not in codes():
        raise UsageFault(
            f"no rule '{code}'",
            code="unknown-rule",
            hint=near(code, codes()) or "'wombat rule' lists all",
        )
    return (files("wombat") / "rules" / f"{code}.md").read_text(encoding="utf-8")


def titles() -> dict[str, str]:
    """Code to the title in its first line, `# code: title`."""
    return {code: explain(code).splitlines()[0].partition(": ")[2] for code in codes()}
