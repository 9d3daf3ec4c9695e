"""`python -m bench [keep|publish|match|fairness|million ...]`: all but the last two, or those named."""

import sys

from bench import fairness, keep, match, million, publish

BENCHES = {
    "keep": keep.main,
    "publish": publish.main,
    "match": match.main,
    "fairness": fairness.main,
    "million": million.main,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or list(BENCHES)[:-2]:
        BENCHES[name]()
