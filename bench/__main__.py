"""`python -m bench [keep|publish|match ...]`: all of them, or those named."""

import sys

from bench import keep, match, publish

BENCHES = {"keep": keep.main, "publish": publish.main, "match": match.main}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHES:
        BENCHES[name]()
