"""The same graph of small tasks for each tool that runs such, as its users write it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from measure import BIN

from tests.tools.cache import runners_folder

if TYPE_CHECKING:
    from pathlib import Path

TASKS = 300
SHAPES = {"chain": 1, "layers": 30}
"""How many tasks stand side by side."""
VENV = runners_folder() / "bin"


def parents(number: int, width: int) -> list[int]:
    """A task reads two of the row before it, or in a chain the one before."""
    row, column = divmod(number, width)
    above = {(row - 1) * width + one % width for one in (column, column + 1)}
    return sorted(above) if row else []


@dataclass(frozen=True)
class Runner:
    """A tool and how it is called; `write` makes its project in an empty folder."""

    words: ClassVar[tuple[str, ...]]
    prepare: ClassVar[tuple[str, ...]] = ()
    quiet: ClassVar[tuple[tuple[str, str], ...]] = ()

    def write(self, folder: Path, graph: list[list[int]]) -> None:
        raise NotImplementedError


class Wombat(Runner):
    """Python functions on warm workers; records are fsynced as always."""

    words = (str(BIN / "wombat"), "run", "big", "-q", "-j", "2")

    def write(self, folder: Path, graph: list[list[int]]) -> None:
        lines, code = ["pipeline: big", "tasks:"], []
        for number, above in enumerate(graph):
            inputs = ", ".join(f"in{one}: task{one}.out{one}" for one in above)
            lines += [f"  task{number}:", f"    run: tasks:task{number}"]
            lines += [f"    inputs: {{{inputs}}}"] if above else []
            lines += [f"    outputs: {{out{number}: {{type: json}}}}"]
            given = ", ".join(f"in{one}" for one in above)
            code += [f"def task{number}({given}):", f"    return {number}", ""]
        (folder / "pipelines").mkdir()
        (folder / "pipelines" / "big.yml").write_text("\n".join(lines) + "\n")
        (folder / "tasks.py").write_text("\n".join(code))
        (folder / "wombat.yml").write_text("project: bench\n")


class WombatAgain(Wombat):
    """The same words without an option: what people type when nothing has changed."""

    words = (str(BIN / "wombat"), "run", "big", "-q")


class Dvc(Runner):
    """`dvc repro` of commands."""

    words = (str(VENV / "dvc"), "repro", "-q")
    prepare = (str(VENV / "dvc"), "init", "--no-scm", "-q")
    quiet = (("DVC_NO_ANALYTICS", "1"),)

    def write(self, folder: Path, graph: list[list[int]]) -> None:
        lines = ["stages:"]
        for number, above in enumerate(graph):
            stage = {"cmd": f"echo {number} > out{number}", "outs": [f"out{number}"]}
            stage |= {"deps": [f"out{one}" for one in above]} if above else {}
            lines.append(f"  task{number}: {json.dumps(stage)}")
        (folder / "dvc.yaml").write_text("\n".join(lines) + "\n")


class Make(Runner):
    """Commands, by the times of files."""

    words = ("make", "-s", "-j2")

    def write(self, folder: Path, graph: list[list[int]]) -> None:
        every = " ".join(f"out{number}" for number in range(len(graph)))
        rules = [f"all: {every}"]
        for number, above in enumerate(graph):
            rules += [f"out{number}: {' '.join(f'out{one}' for one in above)}"]
            rules += [f"\techo {number} > $@"]
        (folder / "Makefile").write_text("\n".join(rules) + "\n")


class Ninja(Runner):
    """Commands, by the times of files and their own text."""

    words = (str(VENV / "ninja"), "--quiet", "-j2")

    def write(self, folder: Path, graph: list[list[int]]) -> None:
        rules = ["rule say", "  command = echo $n > $out"]
        for number, above in enumerate(graph):
            rules += [f"build out{number}: say {' '.join(f'out{one}' for one in above)}"]
            rules += [f"  n = {number}"]
        (folder / "build.ninja").write_text("\n".join(rules) + "\n")


class Snakemake(Runner):
    """Commands, by times, parameters, code and inputs."""

    words = (str(VENV / "snakemake"), "--cores", "2", "--quiet", "all")

    def write(self, folder: Path, graph: list[list[int]]) -> None:
        every = ", ".join(f'"out{number}"' for number in range(len(graph)))
        rules = ["rule all:", f"    input: {every}"]
        for number, above in enumerate(graph):
            rules += [f"rule task{number}:"]
            rules += (
                [f"    input: {', '.join(repr(f'out{one}') for one in above)}"] if above else []
            )
            rules += [f'    output: "out{number}"', f'    shell: "echo {number} > {{output}}"']
        (folder / "Snakefile").write_text("\n".join(rules) + "\n")


class Doit(Runner):
    """Python functions in one process, by what files hold."""

    words = (str(VENV / "doit"), "-v", "0")

    def write(self, folder: Path, graph: list[list[int]]) -> None:
        code = f"""GRAPH = {graph}
DOIT_CONFIG = {{"reporter": "zero"}}

def say(number):
    with open(f"out{{number}}", "w") as stream:
        stream.write(str(number))

def task_all():
    for number, above in enumerate(GRAPH):
        yield {{
            "name": str(number),
            "actions": [(say, [number])],
            "file_dep": [f"out{{one}}" for one in above],
            "targets": [f"out{{number}}"],
            "uptodate": [True],
        }}
"""
        (folder / "dodo.py").write_text(code)


class Luigi(Runner):
    """Python functions in one process, by whether files are there."""

    words = (
        *(str(VENV / "luigi"), "--module", "work", "All", "--local-scheduler"),
        *("--log-level", "ERROR"),
    )
    quiet = (("PYTHONPATH", "."),)

    def write(self, folder: Path, graph: list[list[int]]) -> None:
        code = f"""import luigi
GRAPH = {graph}

class One(luigi.Task):
    number = luigi.IntParameter()
    def requires(self):
        return [One(number=one) for one in GRAPH[self.number]]
    def output(self):
        return luigi.LocalTarget(f"out{{self.number}}")
    def run(self):
        with self.output().open("w") as stream:
            stream.write(str(self.number))

class All(luigi.WrapperTask):
    def requires(self):
        return [One(number=number) for number in range(len(GRAPH))]
"""
        (folder / "work.py").write_text(code)


RUNNERS: dict[str, Runner] = {
    "wombat": Wombat(),
    "dvc": Dvc(),
    "make": Make(),
    "ninja": Ninja(),
    "snakemake": Snakemake(),
    "doit": Doit(),
    "luigi": Luigi(),
}
