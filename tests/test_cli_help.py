"""What a newcomer meets first: init, help with examples, completion, lists on a terminal."""

import importlib
import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from feeds.cli.app import app
from feeds.cli.commands import ROOMS
from feeds.config import check, config_schema
from feeds.config.advice import advice_on
from tests.hatchery import Hatched, hatch
from tests.test_cli import Cli, cli, filled, little  # noqa: F401 - fixtures

REPO = Path(__file__).parents[1]
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def shell(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return hatch("feeds", *arguments, cwd=cwd, env=env)


def on_a_terminal(*arguments: str, cwd: Path, **env: str) -> str:
    """Run a command with a terminal for its output, and return what it showed there."""
    ours, theirs = pty.openpty()
    process = Hatched(
        "feeds", *arguments, cwd=cwd, env={"TERM": "xterm", **env}, files=(theirs, theirs, theirs)
    )
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    assert process.wait(60) == 0, shown
    os.close(ours)
    return shown.decode()


def test_init_writes_a_config_that_can_be_used(tmp_path: Path) -> None:
    done = shell("init", "new/place", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "new/place"
    assert {path.name for path in folder.iterdir()} == {"config.yaml", "config.schema.json", "inbox"}
    settings, faults = check(folder / "config.yaml")
    assert settings is not None
    assert (faults, advice_on(settings)) == ([], [])
    assert done.stdout.splitlines()[2:4] == ["next:", "  cd new/place"]
    assert json.loads((folder / "config.schema.json").read_text()) == config_schema()


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("site: {title: Mine}\n")
    done = shell("init", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "config.yaml is there already; it was left as it is" in done.stderr
    assert (tmp_path / "config.yaml").read_text() == "site: {title: Mine}\n"
    done = shell("init", "config.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "config.yaml" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob(".config*")), "nothing half-written is left"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_by_example(name: str, cli: Cli) -> None:  # noqa: F811
    code, out, _ = cli(name, "--help")
    assert code == 0
    assert f"newsweir {name}" in out.split("Examples")[1]
    known = {"-c", "-q", "-v"} | {option for one in COMMANDS[name].params for option in one.opts}
    for line in re.findall(rf"newsweir (?:-c \S+ )?{name}[^\n│]*", out.split("Examples")[1]):
        for option in re.findall(r"(?<=\s)--?[a-z][a-z-]*", line.split(" | ")[0].split("   ")[0]):
            assert option in known, line


def test_the_list_of_commands_says_of_each_what_its_own_help_begins_with() -> None:
    for names in ROOMS.values():
        for name, sentence in names.items():
            assert " ".join((COMMANDS[name].help or "").split("\n\n")[0].split()) == sentence, name
    rooms = {one.stem for one in (REPO / "feeds/cli").glob("*.py") if "\ndef add_to(" in one.read_text()}
    assert rooms == set(ROOMS)
    for room, names in ROOMS.items():
        part = typer.Typer()
        importlib.import_module(f"feeds.cli.{room}").add_to(part)
        assert set(typer.main.get_group(part).commands) == set(names)


def test_every_command_that_prints_facts_takes_json() -> None:
    silent = {"init", "run", "schema"}
    for name, command in COMMANDS.items():
        assert name in silent or any("--json" in one.opts for one in command.params), name


def test_the_shell_can_complete_commands(tmp_path: Path) -> None:
    done = shell(cwd=tmp_path, _NEWSWEIR_COMPLETE="complete_bash", COMP_WORDS="newsweir ex", COMP_CWORD="1")
    assert done.stdout.split() == ["explain"]


def test_long_lists_are_paged_on_a_terminal_and_plain_in_a_pipe(tmp_path: Path) -> None:
    sources = "".join(
        f"  - {{feed: 'http://127.0.0.1:9/{n}', name: s{n}, allow_private: [127.0.0.1]}}\n" for n in range(40)
    )
    (tmp_path / "config.yaml").write_text(f"sources:\n{sources}topics: {{a: {{query: b}}}}\n")
    assert shell("once", cwd=tmp_path).returncode == 1
    (tmp_path / "pager").write_text("#!/bin/sh\necho paged\ncat\n")
    (tmp_path / "pager").chmod(0o755)
    shown = on_a_terminal("sources", cwd=tmp_path, PAGER=str(tmp_path / "pager"), LINES="20", COLUMNS="200")
    assert shown.startswith("paged")
    assert all(f"s{n} " in shown for n in range(40))
    short = on_a_terminal("topics", cwd=tmp_path, PAGER=str(tmp_path / "pager"), LINES="20", COLUMNS="200")
    assert "paged" not in short
    piped = shell("sources", cwd=tmp_path).stdout
    assert len(piped.splitlines()) == 40
    assert all(line.count("\t") == 7 for line in piped.splitlines())
    assert "\x1b" not in piped


def test_a_change_is_shown_in_colours_or_between_marks(filled: Cli, tmp_path: Path) -> None:  # noqa: F811
    key = filled.json("search", "weather")[0]["id"]
    (tmp_path / "inbox/other.txt").write_text("Weather\n\nIt snows in Doha.\n")
    filled("once", "--all")
    shown = on_a_terminal("diff", key, cwd=tmp_path)
    assert "\x1b[9;31mrains\x1b[0m \x1b[4;32msnows\x1b[0m" in shown
    without = on_a_terminal("diff", key, cwd=tmp_path, NO_COLOR="1")
    assert "It [-rains-]{+snows+} in Doha." in without
    assert "\x1b" not in shell("diff", key, cwd=tmp_path).stdout
    paged = "".join(f"\n\nRow {n} of {n}." for n in range(40))
    (tmp_path / "inbox/other.txt").write_text(f"Weather{paged}\n")
    filled("once", "--all")
    (tmp_path / "pager").write_text("#!/bin/sh\necho paged\ncat\n")
    (tmp_path / "pager").chmod(0o755)
    assert on_a_terminal("diff", key, cwd=tmp_path, PAGER=str(tmp_path / "pager"), LINES="20").startswith(
        "paged"
    )


def test_json_is_all_that_stands_on_stdout(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox/a.txt").write_text("An election\n\nIts text.\n")
    (tmp_path / "config.yaml").write_text("sources: [{folder: inbox}]\ntopics: {e: {query: election}}\n")
    done = shell("once", "--json", cwd=tmp_path)
    assert json.loads(done.stdout) == {"polled": 1, "new": 1, "published": 1, "failed": {}}
    assert "archived id=" in done.stderr


def test_an_output_that_takes_nothing_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("topics: {e: {query: election}}\n")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "feeds", "check"],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(REPO)},
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "newsweir: the output cannot be written: No space left on device\n"
