"""A schema in another tool's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from wombat.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wombat.data.pandera import Library
    from wombat.schema.model import FrameSchema

FORMS: Final = (
    "pandera-pandas", "pandera-polars", "pandera-pyspark",
    "pandera-yaml", "pandera-yaml-polars", "arrow",
)  # fmt: skip


@dataclass(frozen=True)
class Exported:
    """The text or bytes of a file, and what of the schema isn't in it."""

    content: str | bytes
    losses: tuple[str, ...]


def export_schema(
    schema: FrameSchema, form: str, *, taken: bool = False, lossy: bool = False
) -> Exported:
    """A schema as pandera's Python or YAML, or as an Arrow schema's bytes.

    Raises CheckFailed `schema-unsayable` naming all that the form can't say, unless `lossy`: then
    it is in `losses`, and at the top of a text.
    """
    exported = _WRITERS[form](schema, form, taken)
    if exported.losses and not lossy:
        from wombat.data.pandera import unsayable

        raise unsayable(schema, form, list(exported.losses))
    return exported


def write_exported(exported: Exported, file: Path | None, form: str) -> str | None:
    """Writes it into a file; without one gives the text back. UsageFault for bytes without one."""
    content = exported.content
    if file is None:
        if isinstance(content, bytes):
            raise UsageFault(f"{form} isn't text; expected a file for it: -o schema.arrow")
        return content
    if isinstance(content, bytes):
        from wombat.errors import DiskFault

        try:
            file.write_bytes(content)
        except OSError as fault:
            raise DiskFault.of(fault) from fault
        return None
    from wombat.api.files import write_whole

    write_whole(file, content)
    return None


def _header(schema: FrameSchema, form: str, losses: list[str]) -> list[str]:
    said = f"Written by: wombat schema export {schema.name} --to {form}"
    return [said, *(f"Not in it: {one}" for one in losses)]


def _python(schema: FrameSchema, form: str, taken: bool) -> Exported:  # one of a table
    from wombat.data.pandera import described
    from wombat.data.pandera.source import python_source

    library = cast("Library", form.removeprefix("pandera-"))
    made = described(schema, library, taken=taken)
    losses = [*made.losses, *made.shaping]
    text = python_source(made.tree, library, _header(schema, form, losses))
    return Exported(text, tuple(losses))


def _yaml(schema: FrameSchema, form: str, taken: bool) -> Exported:  # noqa: ARG001  # one of a table
    from wombat.data.pandera.yaml import to_yaml

    library: Library = "polars" if form.endswith("polars") else "pandas"
    text, losses = to_yaml(schema, library)
    header = "".join(f"# {line}\n" for line in _header(schema, form, losses))
    return Exported(header + text, tuple(losses))


def _arrow(schema: FrameSchema, form: str, taken: bool) -> Exported:  # noqa: ARG001  # one of a table
    from wombat.data.arrow_schema import arrow_of_schema

    arrow, losses = arrow_of_schema(schema)
    return Exported(arrow.serialize().to_pybytes(), tuple(losses))


_WRITERS: Final[dict[str, Callable[[FrameSchema, str, bool], Exported]]] = {
    **dict.fromkeys(FORMS[:3], _python),
    **dict.fromkeys(FORMS[3:5], _yaml),
    "arrow": _arrow,
}


def as_tree(exported: Exported, form: str) -> dict[str, Any]:
    """For --json."""
    content = exported.content
    text = content if isinstance(content, str) else None
    return {"form": form, "text": text, "losses": list(exported.losses)}
