"""Values arrive byte for byte, of whatever characters and size."""

from __future__ import annotations

import json

import pytest

from tests.executor.plans import Param, output, plan, task
from wombat.errors import TaskFailed
from wombat.executor.task import execute_part

NASTY = [
    "plain",
    'it\'s "quoted" `here`',
    "two\nlines\r\nand\ta tab ",
    "$CI_JOB_TOKEN $(id) ${HOME} $[[ inputs.x ]]",
    "{{ x }} ${{ x }} %(x)s {0}",
    "emoji 🦘 and combining e\u0301, \u202ertl",
    "",
    "-rf /",
    "\\back\\slash\\",
    "x" * 65_536 + "'\"\n🦘",
]
ECHO = "import os, sys; open(os.environ['WOMBAT_OUTPUT_GOT'], 'wb').write(os.fsencode(sys.argv[1]))"
SHELL = 'printf %s "$WOMBAT_PARAM_TEXT" > "$WOMBAT_OUTPUT_GOT"'
FUNCTION = """
def got(text: str) -> str:
    return text
def typed(number: int, flag: bool, tree: dict, k: str) -> dict:
    return {"number": number, "flag": flag, "tree": tree, "k": k}
"""
REFERENCE = {"$": "params.text"}
PARAMS = (Param("text", "string", required=True),)


def tasks():
    made = (output("got", "text"),)
    return (
        task("python", "work:got", arguments={"text": REFERENCE}, outputs=made),
        task("argv", argv=("python", "-c", ECHO, REFERENCE), outputs=made),
        task("shell", script=SHELL, arguments={"text": REFERENCE}, outputs=made),
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    from tests.executor.plans import Project

    return Project(tmp_path_factory.mktemp("values") / "project", FUNCTION)


@pytest.mark.slow
@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_every_kind_of_task_gets_the_bytes(shared, text):
    context = shared.begin(plan(*tasks(), params=PARAMS), params={"text": text})
    for one in context.plan.tasks:
        execute_part(context, one.name)
        assert shared.value(context, one.name, "got") == text.encode(), one.name


def test_foreach_values_are_text_and_arguments_keep_their_type(project):
    given = {"number": 3, "flag": True, "tree": {"a": [1, None, "x"]}}
    one = task("typed", "work:typed", arguments=given, foreach={"k": ["010", "no"]})
    here = project(FUNCTION)
    context = here.begin(plan(one))
    execute_part(context, "typed", "010")
    assert json.loads(here.value(context, "typed", part="010")) == {**given, "k": "010"}


@pytest.mark.parametrize("text", ["x" * 200_000, "a\0b"], ids=["size", "nul"])
@pytest.mark.parametrize("name", ["argv", "shell"])
def test_what_no_command_can_be_given_is_told(shared, name, text):
    context = shared.begin(plan(*tasks(), params=PARAMS), params={"text": text})
    with pytest.raises(TaskFailed) as caught:
        execute_part(context, name)
    assert caught.value.code == "value-too-large"


def test_a_python_task_takes_a_value_of_any_size(shared):
    text = "é" * 400_000
    context = shared.begin(plan(*tasks(), params=PARAMS), params={"text": text})
    execute_part(context, "python")
    assert shared.value(context, "python", "got") == text.encode()
