"""What a command does not need it does not import: people wait for it, and so does every script."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
HEAVY = {"apscheduler", "feedgen", "feedparser", "jinja2", "lxml", "markdown_it", "pydantic", "requests", "rich", "trafilatura",
         "urllib3", "uvicorn"}  # fmt: skip
SCRIPT = """
import sys
from feeds.cli import main
try:
    main(sys.argv[1:])
finally:
    sys.stderr.write(" ".join(sorted({name.split(".")[0] for name in sys.modules} | set(sys.modules))))
"""


def imported(home: Path, *arguments: str) -> set[str]:
    """Return the modules that a command imported, in a pipe."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=home, env={**os.environ, "PYTHONPATH": str(REPO)}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return set(done.stderr.splitlines()[-1].split(" "))


def test_a_list_of_commands_needs_none_of_them(tmp_path: Path) -> None:
    found = imported(tmp_path, "--help")
    assert (
        found & (HEAVY | {"yaml", "sqlite3.dump", "archive.disk", "feeds.config", "feeds.answering.library"})
        == set()
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("home")
    (made / "inbox").mkdir()
    (made / "inbox/a.txt").write_text("Kabul calls\n\nA text about peace.\n")
    (made / "config.yaml").write_text("sources: [{folder: inbox}]\ntopics: {kabul: {query: kabul}}\n")
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    subprocess.run(
        [sys.executable, "-m", "feeds", "once"], cwd=made, env=environment, check=True, capture_output=True
    )
    return made


@pytest.mark.parametrize(
    "command", ["sources", "topics", "search kabul", "check", "schema", "verify --quick"]
)
def test_what_reads_imports_nothing_that_fetches_parses_or_publishes(home: Path, command: str) -> None:
    found = imported(home, *command.split())
    assert found & HEAVY == set()
    assert (
        found
        & {"feeds.office.bureau", "feeds.intake.pipeline", "feeds.ingest.documents.parse", "archive.repair"}
        == set()
    )
