"""Fixtures, and the rule that a required test may not be skipped."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from feeds import events
from tests.site import Site
from tests.world import World

HERE = Path(__file__).parent
# Hundreds of processes are started here; where no bytecode may be written each compiles all of us anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
settings.register_profile(
    "default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", deadline=None, max_examples=2000, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # So in a shell's background, and in every child.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _unnamed() -> None:
    """What another test of this process had named once is news to this one."""
    events._named.clear()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        yield made


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The test material that is not part of the project."""
    found = os.environ.get("NEWSWEIR_CORPUS", "")
    if not found or not Path(found).is_dir():
        pytest.skip("corpus: NEWSWEIR_CORPUS names no folder")
    return Path(found)


@pytest.fixture(scope="session")
def seed_file(corpus: Path) -> Path:
    """The plain text page that the project was begun for."""
    found = sorted((corpus.parent / "seed").glob("*.txt"))
    if not found:
        pytest.skip("corpus: no seed beside it")
    return found[0]


def _required() -> set[str]:
    """Names of the tests and files that must run here: those for a bare machine, in CI those for CI too."""
    lists = ["required.txt", *(["required-ci.txt"] if os.environ.get("CI") else [])]
    rows = [row.strip() for name in lists for row in (HERE / name).read_text().splitlines()]
    return {row for row in rows if row and not row.startswith("#")}


def _missed(reporter: pytest.TerminalReporter) -> set[str]:
    """Return what is required and was skipped, or did not run at all. Asked only of whole runs."""
    options = reporter.config.option
    chosen = [str(one) for one in reporter.config.args]
    whole = (
        not options.keyword
        and options.markexpr in {"", "not newcomer", "not newcomer and not slow"}
        and chosen == ["tests"]
    )
    if not whole:
        return set()

    def names(*kinds: str) -> set[str]:
        return {report.nodeid.split("[")[0] for kind in kinds for report in reporter.stats.get(kind, [])}

    ran, skipped = names("passed", "failed"), names("skipped")
    files_ran = {name.split("::")[0] for name in ran}
    files_skipped = {name.split("::")[0] for name in skipped}
    return {
        name
        for name in _required()
        if (
            name not in ran or name in skipped
            if "::" in name
            else name not in files_ran or name in files_skipped
        )
    }


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name in sorted(_missed(terminalreporter)):
        terminalreporter.write_line(f"required, but skipped or missing: {name}", red=True)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Say in the very last line what an absent corpus left out."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    for_corpus = [report for report in reporter.stats.get("skipped", []) if "corpus:" in str(report.longrepr)]
    if for_corpus:
        print(f"corpus: absent, {len(for_corpus)} tests skipped")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hasattr(session.config, "workerinput"):
        return  # A worker; the run as a whole is judged where it was started.
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and exitstatus == 0 and reporter.stats.get("passed") and _missed(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
