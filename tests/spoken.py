"""Commands as the shell would run them, in this process: the same words, exit codes and outputs.

A process of its own takes half a second of the processor for its imports alone.
"""

import contextlib
import io
import subprocess
from pathlib import Path

from feeds.cli import main


def spoken(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Carry out one command for the folder *home*. Not from two threads at once: what is printed is one for all."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    command = ["-c", str(home / "config.yaml"), *arguments]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(command)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())
