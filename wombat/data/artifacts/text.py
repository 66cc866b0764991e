"""Text in UTF-8."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

from wombat.data.artifacts import mismatch, no_form
from wombat.data.files import check_alone, encoded, replacing
from wombat.data.verdict import asked, judged, sized, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wombat.data.artifacts import ArtifactType, Spec
    from wombat.data.forms import Form
    from wombat.data.report import Report
    from wombat.schema.policy import Policy

FILE: Final = "data.txt"
BLOCK: Final = 1 << 20


class Text:
    """One file, `data.txt` unless the output names it; byte for byte as it was given.

    `encoding` says in which one a task writes it by itself: it is kept in UTF-8.
    """

    name = "text"

    def target(self, folder: Path, spec: Spec) -> Path:
        return folder / (spec.path or FILE)

    def source(self, folder: Path, spec: Spec) -> Path:
        return folder / (spec.path or FILE)

    def write(self, value: object, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        if not isinstance(value, str):
            raise mismatch(spec, f"a {type(value).__name__} was returned; expected text")
        data = encoded(value, spec)
        file = self.target(folder, spec)
        with replacing(file) as fresh:
            fresh.write_bytes(data)
        check_alone(file, folder, spec)
        return _judge(file, spec, policy)

    def check(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        file = self.target(folder, spec)
        check_alone(file, folder, spec)
        encoding = spec.options.get("encoding", "utf-8")
        try:
            _recode(file, encoding)
        except UnicodeError:
            said = f"{file.name} isn't {'UTF-8' if encoding == 'utf-8' else encoding}"
            raise mismatch(spec, said, "encoding: says in which one it is written") from None
        return _judge(file, spec, policy)

    def accept(self, folder: Path, spec: Spec, policy: Policy) -> Report | None:
        return _judge(self.source(folder, spec), spec, policy)

    def read(self, folder: Path, form: Form, spec: Spec) -> object:
        file = self.source(folder, spec)
        if form == "path":
            return file
        if form not in ("text", "bytes"):
            raise no_form(spec, form, "str, bytes or a Path")
        data = file.read_bytes()
        if form == "bytes":
            return data
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise unreadable(spec, f"{file.name} isn't UTF-8") from None


def _recode(file: Path, encoding: str) -> None:
    """Reads it through, block by block; what isn't UTF-8 already becomes it in place."""
    if encoding in ("utf-8", "ascii"):
        for _ in _decoded(file, encoding):
            pass
        return
    with replacing(file) as fresh, fresh.open("wb") as target:
        for text in _decoded(file, encoding):
            target.write(text.encode("utf-8"))


def _decoded(file: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _judge(file: Path, spec: Spec, policy: Policy) -> Report | None:
    sizes = asked(spec, "min_size", "max_size")
    return judged(spec, policy, lambda: sized(file.name, file.stat().st_size, sizes), tuple)


TYPE: Final[ArtifactType] = Text()
