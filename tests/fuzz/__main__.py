"""`python -m tests.fuzz [parse|dates|sanitise|identity ...]`: FUZZ_SECONDS each; exits 1 with what was found."""

import os
import sys
import time

from tests.fuzz.runs import fuzz
from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    seconds = float(os.environ.get("FUZZ_SECONDS", "600"))
    found = 0
    for name in sys.argv[1:] or TARGETS:
        began = time.monotonic()
        tried, findings = fuzz(name, seconds)
        print(
            f"{name}: {tried} values in {time.monotonic() - began:.0f} s, {len(findings)} findings",
            flush=True,
        )
        for finding in findings:
            print(f"  {finding}", flush=True)
        found += len(findings)
    sys.exit(1 if found else 0)
