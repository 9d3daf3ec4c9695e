"""`python -m bench [keep|publish|match|million ...]`: all but the last, or those named."""

import sys

from bench import keep, match, million, publish

BENCHES = {"keep": keep.main, "publish": publish.main, "match": match.main, "million": million.main}

if __name__ == "__main__":
    for name in sys.argv[1:] or list(BENCHES)[:-1]:
        BENCHES[name]()
