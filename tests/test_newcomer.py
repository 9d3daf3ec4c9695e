"""Somebody new: a fresh clone, an empty home, Python with its own pip, and `make run`."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
pytestmark = pytest.mark.newcomer


def clone(folder: Path) -> Path:
    """The files as they are tracked, without whatever lies about here."""
    target = folder / "newsweir"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPO, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and (REPO / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPO / name, target / name)
    return target


def environment(home: Path, tools: Path) -> dict[str, str]:
    """An empty home and a PATH with nothing of ours: no uv, no activated environment."""
    tools.mkdir()
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    (tools / "python3").symlink_to(python)
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "SSL_", "REQUESTS_", "LANG"))
    }
    return {**kept, "HOME": str(home), "PATH": f"{tools}:/usr/bin:/bin"}


def fetch(path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:8080/{path}", timeout=5) as answer:
        return bytes(answer.read())


def test_make_run_serves_three_topics_within_ten_seconds_of_installing(tmp_path: Path) -> None:
    folder = clone(tmp_path)
    (tmp_path / "home").mkdir()
    env = environment(tmp_path / "home", tmp_path / "tools")
    began = time.monotonic()
    installed = subprocess.run(
        ["make", "-s", ".venv/.run"], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert installed.returncode == 0, installed.stderr[-3000:]
    took = time.monotonic() - began
    began = time.monotonic()
    running = subprocess.Popen(
        ["make", "-s", "run"],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        counts: dict[str, int] = {}
        while time.monotonic() - began < 30 and not (len(counts) == 3 and all(counts.values())):
            time.sleep(0.1)
            try:
                for slug in ("russia-us-afghanistan", "afghanistan", "opium-trade"):
                    counts[slug] = len(json.loads(fetch(f"{slug}/feed.json"))["items"])
            except OSError:
                counts = {}
        served = time.monotonic() - began
        print(f"\ninstalled in {took:.0f} s, three topics filled {served:.1f} s after the start: {counts}")
        assert served < 10
        assert sum(counts.values()) >= 12
        assert len(list((folder / "examples/inbox").iterdir())) >= 12
        front = fetch("").decode()
        assert all(title in front for title in ("Russia, the US and Afghanistan", "Opium and the drug trade"))
        assert fetch("readyz")
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        out, err = running.communicate(timeout=20)
    assert "serving http://127.0.0.1:8080/" in out
    assert out.count("archived id=") == 16
    failures = [line for line in err.splitlines() if "failed source=" in line]
    assert len(failures) == len(set(failures)), "one line per source and backoff step"
    assert "Traceback" not in err


def test_the_same_as_one_line_without_make(tmp_path: Path) -> None:
    """The line beside `make run` in README.md, but for the daemon at its end."""
    readme = (REPO / "README.md").read_text()
    line = next(
        row
        for row in readme.splitlines()
        if row.startswith("python3 -m venv .venv") and row.endswith("newsweir run")
    )
    folder = clone(tmp_path)
    (tmp_path / "home").mkdir()
    env = environment(tmp_path / "home", tmp_path / "tools")
    done = subprocess.run(
        ["bash", "-c", line.replace("newsweir run", "newsweir check")],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "config.yaml can be used" in done.stdout
