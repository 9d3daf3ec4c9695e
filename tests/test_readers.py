"""Feed readers over an ordinary day, and the pages in a browser. All readers and a month: tests/readers."""

import io
import shutil
import subprocess
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from tests.readers.newsboat import Newsboat
from tests.readers.packages import Reader
from tests.readers.program import Program
from tests.readers.scenes import one_feed
from tests.readers.sfeed import SfeedAsRecommended
from tests.readers.stage import Stage
from tests.readers.verdicts import complaints


@pytest.mark.parametrize("program", [Newsboat(), SfeedAsRecommended(), Reader()], ids=lambda one: one.name)
def test_a_day(program: Program, tmp_path: Path) -> None:
    """All entries, 304 on repeat and after a rebuild; what is new comes once, and a correction doubles nothing."""
    if program.version() is None:
        pytest.skip(f"{program.name} is not installed")
    with redirect_stdout(io.StringIO()):
        story = one_feed([program], tmp_path, last="a day")
    for name in program.formats:
        assert (
            list(complaints(program, {scene: seen[program.name, name] for scene, seen in story.items()}))
            == []
        )


def test_pages_in_a_browser(tmp_path: Path) -> None:
    """Headless Chromium shows the pages, runs nothing, and asks no other host."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    stage = Stage(tmp_path / "stage")
    article = next((stage.world.data / "feeds/articles").iterdir()).name.removesuffix(".json")
    for number, path in enumerate(("", "kabul/", f"articles/{article}/")):
        shot = tmp_path / f"{number}.png"
        done = subprocess.run(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
             f"--user-data-dir={tmp_path}/profile{number}", "--window-size=390,844", f"--screenshot={shot}",
             "--dump-dom", stage.url + path],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert "newsweir" in done.stdout, done.stderr
        assert "Kabul" in done.stdout
    stage.close()
    assert {one.status for one in stage.asked} <= {200, 304, 404}
    assert any(one.path.startswith("/static/site.") for one in stage.asked)
