"""The command line as a whole: help, exit codes, JSON, and where words go."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

from wombat.cli.entry import VERBS, group, run

NAMES = [name for verbs in VERBS.values() for name, _ in verbs]


def words(capsys, *given):
    code = run(list(given))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize("verb", NAMES)
def test_help_has_an_example_and_says_what_the_table_says(verb, capsys):
    command = group.get_command(click.Context(group), verb)
    leaves = command.commands.values() if isinstance(command, click.Group) else [command]
    assert all((leaf.epilog or "").startswith("Example:") for leaf in leaves)
    code, out, _ = words(capsys, verb, "--help")
    assert code == 0
    assert f"wombat {verb}" in out


def test_help_is_a_screen_of_verbs(capsys):
    code, out, _ = words(capsys, "--help")
    assert code == 0
    assert all(f"  {name} " in out for name in NAMES)


def test_help_loads_no_verb():
    script = (
        "import sys; from wombat.cli.entry import run; run(['--help']);"
        "heavy = {'pydantic', 'yaml', 'rich', 'pandas', 'pyarrow', 'blake3'} & set(sys.modules);"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_near_miss(capsys):
    code, _, err = words(capsys, "chekc")
    assert code == 2
    assert "Did you mean 'check'?" in err


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (["pull", "Shop"], 2),
        (["pull", "shop/x"], 17),
        (["ls"], 17),
        (["run", "shap"], 2),
        (["run", "shop/nothing"], 2),
        (["run", "shop", "-P", "factor=x"], 2),
        (["run", "shop", "-P", "factor"], 2),
        (["exec", "shop/numbers"], 2),
        (["exec", "shop"], 2),
        (["publish", "shop", "--run", "none"], 17),
        (["rule", "nothing"], 2),
        (["compile", "--to", "nothing", "--out", "o"], 2),
        (["run", "shop", "--only"], 2),
        (["config", "show"], 0),
        (["check"], 0),
        (["graph"], 0),
    ],
)
def test_exit_codes(given, code, root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    got, _, err = words(capsys, *given)
    assert got == code, err
    assert "Traceback" not in err


def test_every_verb_answers_in_json(root, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(root)

    def tree(*given):
        code, out, err = words(capsys, *given, "--json")
        assert code == 0, err
        return json.loads(out)

    assert tree("check")["diagnostics"] == []
    assert tree("graph")["shop"]["pipeline"] == "shop"
    assert tree("compile", "--to", "gitlab", "--out", "gl")["files"] == ["shop.yml", "triggers.yml"]
    done = tree("run", "shop", "-j", "1")
    assert done["published"] == "published"
    assert set(done["done"]) == {"numbers", "page", "split: [eu]", "split: [us]"}
    assert tree("ls")["shop"]["branches"] == ["main"]
    assert set(tree("ls", "shop")["outputs"]) >= {"split.frame", "page.page"}
    assert tree("show", "shop/page")["bytes"] == 5
    assert tree("log", "shop")[0]["run"] == done["run"]
    assert tree("diff", "shop/page", "shop/page")["same"] is True
    assert tree("pull", "shop/page", "-o", str(tmp_path / "p"))["fetched"] is True
    (root / "x.txt").write_text("x")
    assert tree("put", "x.txt", "raw/x")["branch"] == "main"
    assert tree("config", "show")["zone"]["value"] == "local"
    assert tree("rule", "cycle")["code"] == "cycle"
    assert any(one["about"] == "store" for one in tree("doctor"))


def test_generated_files_that_are_stale(root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    assert words(capsys, "compile", "--to", "gitlab", "--out", "gl", "--check")[0] == 1
    assert words(capsys, "compile", "--to", "gitlab", "--out", "gl")[0] == 0
    assert words(capsys, "compile", "--to", "gitlab", "--out", "gl", "--check")[0] == 0
    (root / "tasks.py").write_text((root / "tasks.py").read_text() + "\nX = 1\n")  # of no task
    assert words(capsys, "compile", "--to", "gitlab", "--out", "gl", "--check")[0] == 0
    source = (root / "tasks.py").read_text()
    (root / "tasks.py").write_text(source.replace("n * factor", "factor * n"))
    assert words(capsys, "compile", "--to", "gitlab", "--out", "gl", "--check")[0] == 1


@pytest.mark.slow
def test_exec_and_publish_equal_a_run(root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    assert words(capsys, "run", "shop", "-q", "-j", "1")[0] == 0
    by_run = json.loads(words(capsys, "ls", "shop", "--json")[1])["outputs"]
    for target in (
        ["shop/numbers"],
        ["shop/page"],
        ["shop/split", "--part=us"],
        ["shop/split", "--part=eu"],
    ):
        assert words(capsys, "exec", "--run", "r1", *target)[0] == 0
    code, out, _ = words(capsys, "publish", "shop", "--run", "r1")
    assert code == 0
    assert "version 2" in out
    by_exec = json.loads(words(capsys, "ls", "shop", "--json")[1])["outputs"]
    assert _contents(by_run) == _contents(by_exec)
    assert words(capsys, "publish", "shop", "--run", "r1")[0] == 0


def _contents(outputs):
    return {
        name: value.get("C") or {label: part["C"] for label, part in value["parts"].items()}
        for name, value in outputs.items()
    }


def test_publish_wants_every_task(root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    assert words(capsys, "exec", "--run", "r1", "shop/numbers")[0] == 0
    code, _, err = words(capsys, "publish", "shop", "--run", "r1")
    assert code == 15
    assert "no complete attempt" in err


def test_a_bug_keeps_its_traceback_and_asks_for_a_report(capsys, monkeypatch):
    monkeypatch.setattr("wombat.review.rules.titles", lambda: 1 / 0)
    code, _, err = words(capsys, "rule")
    assert code == 70
    assert "ZeroDivisionError" in err
    assert "please report it" in err


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (["pull", "shop/x"], 17),
        (["run", "shap"], 2),
        (["pull"], 2),
        (["run", "shop", "-j", "x"], 2),
    ],
)
def test_failures_answer_in_json_too(given, code, root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    got, out, err = words(capsys, *given, "--json")
    assert got == code
    assert json.loads(out)["error"]["exit"] == code
    assert err


def test_broken_files_answer_in_json_too(root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    (root / "pipelines" / "shop.yml").write_text("pipeline: [")
    for verb in (["graph"], ["run", "shop"], ["compile", "--to", "gitlab", "--out", "o"]):
        got, out, _ = words(capsys, *verb, "--json")
        assert got == 10
        assert json.loads(out)["diagnostics"][0]["code"] == "yaml-syntax"
    (root / "wombat.yml").write_text("project: [")
    got, out, _ = words(capsys, "doctor", "--json")
    assert got == 1
    assert json.loads(out)[-1]["state"] == "wrong"


def test_the_file_of_a_pipeline_that_is_gone_goes_too(root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    committed = ("compile", "--to", "gitlab", "--out", "ci")
    (root / "pipelines" / "old.yml").write_text("pipeline: old\ntasks: {one: {shell: date}}\n")
    assert words(capsys, *committed)[0] == 0
    (root / "ci" / "ours.yml").write_text("# of our own\n")
    (root / "pipelines" / "old.yml").unlink()
    code, _out, err = words(capsys, *committed, "--check")
    assert (code, "stale: ci/old.yml" in err) == (1, True)
    assert "removed ci/old.yml" in words(capsys, *committed)[1]
    assert sorted(path.name for path in (root / "ci").iterdir()) == [
        "ours.yml", "shop.yml", "triggers.yml",
    ]  # fmt: skip
    assert words(capsys, *committed, "--check")[0] == 0


def test_only_generated_files_are_replaced(root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    source = (root / "pipelines" / "shop.yml").read_text()
    (root / "ci").mkdir()
    (root / "ci" / "triggers.yml").write_text("deploy: {script: [date]}\n")
    for folder in ("pipelines", "ci"):
        code, _, err = words(capsys, "compile", "--to", "gitlab", "--out", folder)
        assert (code, "not-generated" in err) == (2, True)
    assert (root / "pipelines" / "shop.yml").read_text() == source
    assert (root / "ci" / "triggers.yml").read_text() == "deploy: {script: [date]}\n"
    assert not (root / "ci" / "shop.yml").exists()


def test_a_child_inherits_no_image(root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    monkeypatch.setenv("CI_JOB_IMAGE", "python:3.12")
    chosen = ("compile", "--to", "gitlab", "--out", ".wombat/gitlab", "--select")
    code, _, err = words(capsys, *chosen)
    assert (code, "warning[image-missing]" in err) == (0, True)
    with (root / "wombat.yml").open("a") as file:
        file.write('gitlab: {image: "python:3.12"}\n')
    assert "image-missing" not in words(capsys, *chosen)[2]


def test_a_part_of_a_repository_has_no_jobs(root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    (root.parent / ".git").mkdir()
    code, _, err = words(capsys, "compile", "--to", "gitlab", "--out", "ci")
    assert (code, "not-the-repository" in err) == (2, True)


def test_committed_files_are_of_all_pipelines(root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    (root / "pipelines" / "more.yml").write_text("pipeline: more\ntasks: {one: {shell: date}}\n")
    code, _, err = words(capsys, "compile", "shop", "--to", "gitlab", "--out", "ci")
    assert (code, "partial-files" in err) == (2, True)
    assert not (root / "ci").exists()


@pytest.mark.parametrize(
    "given", [["compile", "--to", "plan", "--out", "/proc/x"], ["init", "/proc/x"]]
)
def test_what_the_machine_refuses_is_no_bug(given, root, capsys, monkeypatch):
    monkeypatch.chdir(root)
    code, _, err = words(capsys, *given)
    assert "Traceback" not in err
    assert code == 13


def test_a_full_output_is_no_bug(root):
    script = f"{sys.executable} -m wombat rule > /dev/full"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 13
    assert "no space left" in done.stderr
    assert "Traceback" not in done.stderr
