"""Tables of keys are whole, and each example in them is right."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import EXAMPLES, added, code, tables
from tests.docs.projects import LANGUAGE, SCHEMAS, WEATHER, codes, lay_out, write
from wombat.api.project import check
from wombat.language.outputs import OutputDecl
from wombat.language.pipeline import (
    InputDecl,
    OnDecl,
    ParamDecl,
    PipelineDecl,
    ScheduleDecl,
    TaskDecl,
)
from wombat.language.project import (
    ComputeDecl,
    GitlabDecl,
    LimitsDecl,
    ProfileDecl,
    ProjectDecl,
    RetentionDecl,
    StoreDecl,
)
from wombat.language.publish import LakefsDecl, PublishDecl
from wombat.schema.written import WrittenColumn, WrittenPattern, WrittenSchema
from wombat.schema.written_policy import PatchWords, WrittenPolicy, WrittenSample
from wombat.schema.written_rules import WrittenCheck, WrittenDrift, WrittenRows, WrittenRule

SCHEMA = "schema: example\ncolumns: {order_id: int64, country: string}\n"


def nested(word: str, cell: str) -> str:
    return f"tasks:\n  example:\n    shell: date\n    {word}: {{example: {cell}}}\n"


def of_task(key: str, cell: str) -> str:
    text = "tasks:\n  example:\n" + ("" if key in KINDS else "    shell: date\n")
    if key == "run":  # its function has an argument
        text += "    inputs: {readings: load}\n"
    if key == "batch":  # it speaks of a foreach
        text += "    foreach: {city: [bergen, seville]}\n"
    return f"{text}    {cell}\n"


def of_parameter(key: str, cell: str) -> str:
    rest = "" if key == "type" else "type: int, "
    return f"params: {{since: {{type: int, default: 2020}}, example: {{{rest}{cell}}}}}\n"


def of_schema(key: str, cell: str) -> str:
    if key in ("python", "source"):  # one needs the other
        cell = "python: shop.models:Orders\nsource: abc"
    if key == "allow_divergence":
        cell += "\npolicies: {production: {extra: allow}}"
    return added(SCHEMA, cell)


def of_rule(key: str, cell: str) -> str:
    rest = {"name": "name: example", "compare": "compare: [order_id, gt, {value: 0}]"}
    if key in ("python", "args"):
        rest = {"name": "name: example", "python": "python: shop.checks:balanced"}
    rest.pop(key, None)
    return f"{SCHEMA}rules: [{{{', '.join((*rest.values(), cell))}}}]\n"


def of_check(key: str, cell: str) -> str:
    function = "" if key == "python" else "python: shop.checks:is_even, "
    column = f"order_id: {{type: int64, checks: [{{{function}{cell}}}]}}"
    return f"schema: example\ncolumns: {{{column}}}\n"


def of_pattern(key: str, cell: str) -> str:
    name = "" if key == "match" else "match: x, "
    return f"{SCHEMA}patterns: [{{{name}{cell}, type: int64}}]\n"


def whole(cell: str) -> str:
    """A mapping around an example that isn't one."""
    return cell if cell.startswith("{") else f"{{{cell}}}"


KINDS = ("run", "command", "shell")
TABLES = {
    PipelineDecl: (LANGUAGE, lambda _, cell: cell),
    ParamDecl: (LANGUAGE, of_parameter),
    TaskDecl: (LANGUAGE, of_task),
    InputDecl: (LANGUAGE, lambda _, cell: nested("inputs", cell)),
    OutputDecl: (LANGUAGE, lambda _, cell: nested("outputs", cell)),
    ScheduleDecl: (
        LANGUAGE,
        lambda key, cell: f"schedule: {{{'' if key == 'cron' else 'cron: 0 3 * * *, '}{cell}}}",
    ),
    OnDecl: (LANGUAGE, lambda _, cell: f"on: {{{cell}}}"),
    ProfileDecl: (LANGUAGE, lambda _, cell: f"profiles: {{production: {{{cell}}}}}"),
    LimitsDecl: (LANGUAGE, lambda _, cell: f"gitlab: {{limits: {{{cell}}}}}"),
    ProjectDecl: (LANGUAGE, lambda _, cell: cell),
    RetentionDecl: (LANGUAGE, lambda _, cell: f"retention: {whole(cell)}"),
    PublishDecl: (LANGUAGE, lambda _, cell: f"publish: {{{cell}}}"),
    LakefsDecl: (
        LANGUAGE,
        lambda key, cell: (
            f"publish: {{lakefs: {{{'' if key == 'repository' else 'repository: lake, '}{cell}}}}}"
        ),
    ),
    StoreDecl: (
        LANGUAGE,
        lambda key, cell: (
            f"store: {{{'' if key == 'url' else 'url: s3://artifacts/wombat, '}{cell}}}"
        ),
    ),
    ComputeDecl: (LANGUAGE, lambda _, cell: f"compute: {{large: {{{cell}}}}}"),
    GitlabDecl: (LANGUAGE, lambda _, cell: f"gitlab: {whole(cell)}"),
    WrittenSchema: (SCHEMAS, of_schema),
    WrittenColumn: (SCHEMAS, lambda _, cell: f"schema: example\ncolumns: {{example: {cell}}}"),
    WrittenPolicy: (SCHEMAS, lambda _, cell: f"{SCHEMA}policies: {{development: {{{cell}}}}}"),
    WrittenPattern: (SCHEMAS, of_pattern),
    WrittenRule: (SCHEMAS, of_rule),
    WrittenCheck: (SCHEMAS, of_check),
    WrittenDrift: (SCHEMAS, lambda _, cell: f"{SCHEMA}drift: [{{{cell}}}]\n"),
    WrittenRows: (SCHEMAS, lambda _, cell: f"{SCHEMA}rows: {{{cell}}}\n"),
    PatchWords: (SCHEMAS, lambda _, cell: f"{SCHEMA}policies: {{production: {{{cell}}}}}"),
    WrittenSample: (
        SCHEMAS,
        lambda _, cell: f"{SCHEMA}policies: {{development: {{sample: {{{cell}}}}}}}",
    ),
}


def keys(model) -> set[str]:
    if model is WrittenPattern:  # all else is a column's
        return set(model.__annotations__)
    return {field.alias or name for name, field in model.model_fields.items()}


UNIMPORTED = {"schema-stale", "schema-not-imported"}
"""A class that isn't there can't be imported; of its form there is nothing to say."""


def rows(page: str, model) -> list[tuple[str, ...]]:
    """The table of just a model's keys."""
    found = [
        rows
        for header, rows in tables(page)
        if header == EXAMPLES and {code(row[0])[0] for row in rows} == keys(model)
    ]
    assert len(found) == 1, f"{page} has no table of {sorted(keys(model))}"
    return found[0]


def test_every_table_of_keys_is_known():
    shown = [header for page in (LANGUAGE, SCHEMAS) for header, _ in tables(page)]
    assert shown.count(EXAMPLES) == len(TABLES)


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_tables_have_every_key_and_its_example_is_right(model, tmp_path):
    page, wrap = TABLES[model]
    for number, row in enumerate(rows(page, model)):
        (key,), (cell,) = code(row[0]), code(row[4])
        assert re.search(rf"\b{key}:", cell), row
        folder = tmp_path / str(number)
        files = lay_out(folder, page)
        text = wrap(key, cell)
        if model in (
            ProjectDecl,
            StoreDecl,
            ComputeDecl,
            GitlabDecl,
            LimitsDecl,
            ProfileDecl,
            RetentionDecl,
            PublishDecl,
            LakefsDecl,
        ):
            write(folder / "requirements.lock", f"wombat-ci==1 --hash=sha256:{'a' * 64}\n")
            write(folder / "ci" / "own.yml", ".ours: {}\n")
            write(folder / "wombat.yml", added(files["wombat.yml"], text))
        elif page == LANGUAGE:
            write(folder / WEATHER, added(files[WEATHER], text))
        else:
            write(folder / "schemas" / "example.yml", text)
        found = [one for one in check(folder).diagnostics if one.code not in UNIMPORTED]
        assert not found, (text, found)


def test_what_needs_quotes(tmp_path):
    (plain,) = [rows for header, rows in tables(LANGUAGE) if header == ("plain", "write")]
    for number, (before, after) in enumerate(plain):
        for wrong in (True, False):
            folder = tmp_path / f"{number}-{wrong}"
            values = code(before if wrong else after)
            named = ", ".join(f"v{n}: {value}" for n, value in enumerate(values))
            write(folder / "pipelines" / "p.yml",
                  f"pipeline: p\ntasks: {{t: {{shell: date, with: {{{named}}}}}}}\n")  # fmt: skip
            found = codes(folder)
            assert len(found) == (len(values) if wrong else 0), (values, found)
            assert all(one.startswith("yaml-") for one in found)
