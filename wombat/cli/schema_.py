"""`wombat schema`: what schemas say, where they come from, and whether data is as they say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.group()
def schema() -> None:
    """Show schemas, infer them from data, compare, export and import them, test data with them."""


@schema.command(
    epilog="Example:  wombat schema show shop.orders -p development",
    short_help="Show a schema: columns, checks, policies.",
)
@click.argument("name", metavar="NAME|ADDRESS|FILE")
@click.option("-p", "--profile", help="As it is in this profile.")
@common
def show(console: Console, *, name: str, profile: str | None) -> None:
    """Show the columns, types and checks of a schema, and its policies by profile.

    Named by NAME, NAME@MAJOR, NAME@REVISION of git, a file, or the ADDRESS of an artifact, whose
    run recorded one.
    """
    from wombat.api.schemas import in_profile, named_schema, policies_of
    from wombat.api.session import open_session
    from wombat.cli.schema_text import schema_text
    from wombat.cli.terminal import showable, width
    from wombat.schema.spelled import spelled

    session = open_session(console.folder)
    named = named_schema(session, name)
    found = in_profile(session, named.schema, profile)
    policies = policies_of(session, named)
    tree = {
        "schema": spelled(found),
        "digest": found.digest,
        "place": named.place,
        "policies": policies,
        "variants": {one: spelled(other) for one, other in named.schema.variants.items()},
    }
    console.result(showable(schema_text(found, named.place, policies, width())), tree)


@schema.command(
    epilog="Example:  wombat schema infer churn/features@main --write",
    short_help="Make a first schema out of data.",
)
@click.argument("data", metavar="ADDRESS|FILE")
@click.option("--name", help="The schema's name; by default that of the data.")
@click.option("--write", is_flag=True, help="Into schemas/NAME.yml; never over another one.")
@common
def infer(console: Console, *, data: str, name: str | None, write: bool) -> None:
    """Print the schema of an artifact or of a Parquet, Arrow, CSV or JSON lines file.

    Types and nullability are what they are in the data. Ranges and columns that may be personal are
    comments: what was seen once is no check.
    """
    from wombat.api.schema_infer import as_tree, infer_schema
    from wombat.api.session import open_session

    first = infer_schema(open_session(console.folder), data, name, write=write)
    said = f"wrote {first.file}" if first.file else first.text.rstrip("\n")
    console.result(said, as_tree(first))


@schema.command(
    epilog="Example:  wombat schema diff shop.orders@main shop.orders",
    short_help="Show what changed between two schemas, and for whom.",
)
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--exit-code", is_flag=True, help="Exit 1 unless consumers are proven safe.")
@common
def diff(console: Console, *, old: str, new: str, exit_code: bool) -> int:
    """Show what B says otherwise than A, whether who takes A may take B, and whether data of A is
    read by B; where not, with a row that one accepts and the other doesn't.

    Each is NAME, NAME@MAJOR, NAME@REVISION of git, a file, or an ADDRESS.
    """
    from wombat.api.schema_diff import diff_schemas
    from wombat.api.schemas import named_schema
    from wombat.api.session import open_session
    from wombat.cli.schema_changes import changes_text
    from wombat.cli.terminal import showable

    session = open_session(console.folder)
    before, after = named_schema(session, old), named_schema(session, new)
    found = diff_schemas(before.schema, after.schema)
    console.result(showable(changes_text(found, before.shown, after.shown)), found.tree)
    return 1 if exit_code and not found.safe else 0


@schema.command(
    epilog="Example:  wombat schema export shop.orders --to pandera-polars -o orders.py",
    short_help="Write a schema as pandera's or Arrow's.",
)
@click.argument("name", metavar="NAME|ADDRESS|FILE")
@click.option(
    "--to",
    "form",
    required=True,
    type=click.Choice(
        [
            "pandera-pandas",
            "pandera-polars",
            "pandera-pyspark",
            "pandera-yaml",
            "pandera-yaml-polars",
            "arrow",
        ]
    ),
    help="Python source, pandera's YAML, or an Arrow schema.",
)
@click.option(
    "-o",
    "out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it there; Arrow needs one.",
)
@click.option("-p", "--profile", help="As it is in this profile.")
@click.option("--taken", is_flag=True, help="As at an input: other columns are dropped.")
@click.option("--lossy", is_flag=True, help="Leave out what can't be said, and say so in it.")
@common
def export(
    console: Console,
    *,
    name: str,
    form: str,
    out: Path | None,
    profile: str | None,
    taken: bool,
    lossy: bool,
) -> None:
    """Write a schema in another tool's form. Exit 1 where that can't say all of it, naming what."""
    from wombat.api.schema_export import as_tree, export_schema, write_exported
    from wombat.api.schemas import in_profile, named_schema
    from wombat.api.session import open_session

    session = open_session(console.folder)
    found = in_profile(session, named_schema(session, name).schema, profile)
    exported = export_schema(found, form, taken=taken, lossy=lossy)
    file = console.folder / out if out else None
    text = None if console.json and file is None else write_exported(exported, file, form)
    for loss in exported.losses:
        console.say(f"not in it: {loss}")
    said = f"wrote {out}" if text is None else text.rstrip("\n")
    console.result(said, as_tree(exported, form))


@schema.command(
    "import",
    epilog="Example:  wombat schema import shop.models:Orders --name shop.orders",
    short_help="Write a pandera class, YAML or Arrow file as a schema.",
)
@click.argument("what", metavar="MODULE:CLASS|FILE")
@click.option("--name", help="The schema's name.")
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=120.0, metavar="SECONDS",
    help="How long importing a class may take [120].",
)  # fmt: skip
@common
def import_(console: Console, *, what: str, name: str | None, timeout: float) -> None:
    """Write schemas/imported/NAME.yml out of a pandera class, to be committed.

    The class is imported in a process of its own, without credentials; nothing else ever imports
    it. The file holds a digest of its code: when that changes, check says schema-stale. Checks that
    aren't words of the language stay code. From a FILE: pandera's YAML, Parquet, Arrow.
    """
    from wombat.api.schema_import import as_tree, import_schema
    from wombat.api.session import open_session

    done = import_schema(open_session(console.folder), what, name, timeout=timeout)
    for loss in done.losses:
        console.say(f"not in it: {loss}")
    said = f"wrote {done.file}" if done.written else f"{done.file} says that already"
    console.result(f"{said}: {done.schema.name}", as_tree(done))


@schema.command(
    epilog="Example:  wombat schema test shop.orders orders.csv -p development --show 3",
    short_help="Judge a file or an artifact by a schema.",
)
@click.argument("name", metavar="NAME|ADDRESS|FILE")
@click.argument("data", metavar="FILE|ADDRESS")
@click.option("-p", "--profile", default="production", help="By this profile [production].")
@click.option("--taken", is_flag=True, help="As at an input: other columns are dropped.")
@click.option(
    "--library",
    type=click.Choice(["pandas", "polars", "pyarrow"]),
    help="What code in checks gets; by default what is installed.",
)
@click.option(
    "--show", type=click.IntRange(0, 20), default=0, metavar="N",
    help="Show N rows of each finding; personal columns stay hidden. Not in CI.",
)  # fmt: skip
@common
def test(
    console: Console,
    *,
    name: str,
    data: str,
    profile: str,
    taken: bool,
    library: str | None,
    show: int,
) -> int:
    """Judge a Parquet, Arrow, CSV or JSON lines file, or an artifact, as a boundary would.

    Exit 11 where it fails. Rows that quarantine would set aside are counted: as few as the policy
    allows are no failure.
    """
    from wombat.api.schema_test import try_schema
    from wombat.api.session import open_session
    from wombat.cli.schema_findings import findings_text
    from wombat.cli.terminal import showable

    found = try_schema(
        open_session(console.folder),
        name,
        data,
        profile=profile,
        taken=taken,
        library=library,
        show=show,
    )
    tree = {**found.report.to_json(), "cases": found.cases}
    console.result(showable(findings_text(found, name, data)), tree)
    return 0 if found.report.ok else 11


COMMAND: Final = schema
