"""Generated projects, edited at random: what runs is what an oracle names, and nothing else."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.reuse.world import Made, Oracle, World, write
from wombat.api.runs import run_pipeline

DRAWS = 300 if os.environ.get("WOMBAT_SOAK") else 12
COUNT = itertools.count()
FLAGS = st.booleans()


@st.composite
def tasks(draw):
    made = []
    for number in range(draw(st.integers(2, 5))):
        before = st.lists(st.integers(0, number - 1), unique=True, max_size=2)
        takes = tuple(sorted(draw(before))) if number else ()
        made.append(
            Made(
                function=f"f{number}",
                name=f"t{number}",
                add=draw(st.integers(0, 2)),
                uses=draw(st.sampled_from([(), ("k0",), ("k1",), ("near",)])),
                takes=takes,
                needs=(number - 1,) if number and number - 1 not in takes and draw(FLAGS) else (),
                parts=draw(FLAGS),
                frame=draw(FLAGS),
                asks=draw(FLAGS),
                param=draw(FLAGS),
                file=draw(FLAGS),
            )
        )
    return tuple(made)


def edit(draw, world, past):
    """One change that somebody would commit, or a way back to what once was."""
    which = draw(st.sampled_from(EDITS))
    one = draw(st.integers(0, len(world.tasks) - 1))
    task = world.tasks[one]
    if which == "revert":
        return draw(st.sampled_from(past))
    if which == "labels":
        return replace(world, labels=draw(st.sampled_from([("a",), ("a", "b"), ("b", "c")])))
    if which == "text":
        return replace(world, text=world.text + "x")
    if which == "fill":
        return replace(world, fill=not world.fill)
    if which == "bound":
        return replace(world, bound=world.bound - 1)
    if which in ("k0", "k1", "far", "param", "noise"):
        return replace(world, **{which: getattr(world, which) + 1})
    words = {
        "add": task.add + draw(st.sampled_from([1, 3])),  # 3 leaves the value as it is
        "name": f"{task.name}x",
        "env": f"{task.env}x",
        "said": f"{task.said}x",
    }
    return world.changed(one, **{which: words[which]})


EDITS = (
    "revert", "labels", "text", "fill", "bound", "k0", "k1", "far", "param", "noise", "add", "add",
    "name", "env", "said",
)  # fmt: skip


class Project:
    """A project on disk, and what its tasks told of having run."""

    def __init__(self, folder, patch):
        self.root, self.log, self.patch = folder / "project", folder / "log", patch
        self.root.mkdir(parents=True)

    def run(self, world, *, store="store", profile="production"):
        """The run's result, and the parts that ran, each once."""
        write(self.root, world, self.log)
        self.patch.setenv("WOMBAT_STORE", str(self.root.parent / store))
        self.log.write_text("")
        result = run_pipeline(self.root, "p", jobs=1, profile=profile)
        assert result.error is None
        told = self.log.read_text().split()
        assert len(told) == len(set(told)), "a part ran twice"
        return result, set(told)


def contents(result):
    return {unit: one.record["outputs"]["out"]["C"] for unit, one in result.done.items()}


@pytest.mark.slow
@settings(max_examples=DRAWS, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_ran_is_what_an_oracle_names(here, tmp_path, monkeypatch, data):
    project, oracle = Project(tmp_path / str(next(COUNT)), monkeypatch), Oracle()
    world, past, known = World(data.draw(tasks())), [], {}
    for _ in range(data.draw(st.integers(2, 6))):
        past.append(world)
        profile = data.draw(st.sampled_from(["production", "development"]))
        result, ran = project.run(world, profile=profile)
        expected, values = oracle.run(world)
        assert ran == expected
        found = contents(result)
        assert set(found) == set(values)
        for unit, content in found.items():
            assert known.setdefault(values[unit], content) == content
        world = edit(data.draw, world, past)
    assert len(set(known.values())) == len(known)
    whole, ran = project.run(past[-1], store="fresh")
    assert len(ran) == len(whole.done)
    assert contents(whole) == found
