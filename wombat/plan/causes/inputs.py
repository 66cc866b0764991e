"""Which inputs differ: what was taken from where, and what of it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.plan.causes.shapes import shape_causes
from wombat.plan.causes.work import UNKNOWN, Cause
from wombat.plan.ir import ArtifactSource, FileSource, TaskSource, UrlSource
from wombat.plan.observed import identity
from wombat.printable import shown_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.plan.causes.work import Work
    from wombat.plan.ir import Input, Source


def input_causes(then: Work, now: Work) -> Iterator[Cause]:
    """Of every input that either has."""
    before = {one.name: one for one in then.task.inputs}
    after = {one.name: one for one in now.task.inputs}
    for name in (*after, *(name for name in before if name not in after)):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            yield Cause("input", name, _source(old), _source(new), input=name)
        else:
            yield from _input(then, now, old, new)


def _input(then: Work, now: Work, old: Input, new: Input) -> Iterator[Cause]:
    was, now_is = then.tree["inputs"][new.name], now.tree["inputs"][new.name]
    if was["content"] != now_is["content"]:
        yield _content(then, now, old, new)
    if was["type"] != now_is["type"]:
        yield Cause("options", "type", was["type"], now_is["type"], input=new.name)
    if was["collect"] != now_is["collect"]:
        yield Cause("options", "collect", was["collect"], now_is["collect"], input=new.name)
    if was["schema"] != now_is["schema"]:
        yield from shape_causes(f"input {new.name}", was["schema"], now_is["schema"], new.schema)
    if was.get("options") != now_is.get("options"):
        yield Cause("options", "", was.get("options"), now_is.get("options"), input=new.name)


def _content(then: Work, now: Work, old: Input, new: Input) -> Cause:
    if old.source != new.source and _source(old) != _source(new):
        return Cause("input", new.name, _source(old), _source(new), input=new.name)
    match new.source:
        case FileSource(path=path):
            was, now_is = (one.tree["inputs"][new.name]["content"] for one in (then, now))
            return Cause("file", path, was, now_is, where=path, input=new.name)
        case ArtifactSource(address=address):
            return Cause(
                "artifact", address, _pin(then, address), _pin(now, address), input=new.name
            )
        case UrlSource(url=url):
            return Cause(
                "source", shown_url(url), _seen(then, url), _seen(now, url), input=new.name
            )
        case TaskSource():
            was, now_is = (one.tree["inputs"][new.name]["content"] for one in (then, now))
            told = None if _lacking(now_is) else now_is
            return Cause("upstream", str(_source(new)), was, told, input=new.name)


def _lacking(content: Any) -> bool:
    """Whether some of it isn't made yet."""
    if isinstance(content, dict):
        return any(_lacking(one) for one in content.values())
    return bool(content == UNKNOWN)


def _pin(work: Work, address: str) -> Any:
    """What a run took: which run made it, at which version, and its content."""
    pin = work.facts.get("artifacts", {}).get(address, {})
    ref = pin.get("ref") or {}
    told = {word: ref[word] for word in ("branch", "seq", "run") if ref.get(word) is not None}
    return {**told, "content": pin.get("C")}


def _seen(work: Work, url: str) -> Any:
    found = work.facts.get("sources", {}).get(url)
    if found is None:
        return None
    commit = {"commit": found["commit"]} if "commit" in found else {}
    return {k: v for k, v in identity(url, found).items() if k != "url"} | commit


def source_text(source: Source) -> str:
    match source:
        case TaskSource(task=task, output=output):
            return f"{task}.{output}"
        case FileSource(path=text) | ArtifactSource(address=text):
            return text
        case UrlSource(url=url):
            return shown_url(url)


def _source(one: Input | None) -> str | None:
    return None if one is None else source_text(one.source)
