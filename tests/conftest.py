"""Fixtures, and the rule that a required test may not be skipped."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.site import Site
from tests.world import World

HERE = Path(__file__).parent
settings.register_profile(
    "default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", deadline=None, max_examples=2000, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


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
    """Names of the tests that must run here: those for a bare machine, in CI those for CI too."""
    lists = ["required.txt"] + (["required-ci.txt"] if os.environ.get("CI") else [])
    names: set[str] = set()
    for name in lists:
        lines = (HERE / name).read_text().splitlines()
        names |= {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    return names


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    for_corpus = [report for report in skipped if "corpus:" in str(report.longrepr)]
    if for_corpus:
        terminalreporter.write_line(f"corpus: absent, {len(for_corpus)} tests skipped")
    for name in sorted(_missed(terminalreporter)):
        terminalreporter.write_line(f"required, but did not run: {name}", red=True)


def _missed(reporter: pytest.TerminalReporter) -> set[str]:
    """Return the required tests that this run collected the files of, but did not run."""
    whole = not reporter.config.option.keyword and not reporter.config.option.markexpr
    chosen = [arg for arg in reporter.config.invocation_params.args if not str(arg).startswith("-")]
    if not whole or any("::" in str(arg) or str(arg).endswith(".py") for arg in chosen):
        return set()
    ran = {
        report.nodeid.split("[")[0]
        for kind in ("passed", "failed")
        for report in reporter.stats.get(kind, [])
        if getattr(report, "when", "call") == "call"
    }
    return {name for name in _required() if name not in ran}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hasattr(session.config, "workerinput"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and exitstatus == 0 and session.testscollected and _missed(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
