"""`python -m bench [keep|publish|match|parse|poll|fairness|million|quality ...]`: those named, else all that need nothing else."""

import sys

from bench import fairness, keep, match, million, parse, poll, publish, quality

USUAL = {
    "keep": keep.main,
    "publish": publish.main,
    "match": match.main,
    "parse": parse.main,
    "poll": poll.main,
}
BENCHES = {**USUAL, "fairness": fairness.main, "million": million.main, "quality": quality.main}

if __name__ == "__main__":
    for name in sys.argv[1:] or USUAL:
        BENCHES[name]()
