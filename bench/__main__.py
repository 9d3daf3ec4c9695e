"""`python -m bench [keep|publish|match|million|quality ...]`: those named, else all that need nothing from outside."""

import sys

from bench import keep, match, million, publish, quality

USUAL = {"keep": keep.main, "publish": publish.main, "match": match.main}
BENCHES = {**USUAL, "million": million.main, "quality": quality.main}

if __name__ == "__main__":
    for name in sys.argv[1:] or USUAL:
        BENCHES[name]()
