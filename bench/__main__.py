"""`python -m bench [keep|publish|match|parse|poll|million ...]`: all but the last, or those named."""

import sys

from bench import keep, match, million, parse, poll, publish

BENCHES = {
    "keep": keep.main,
    "publish": publish.main,
    "match": match.main,
    "parse": parse.main,
    "poll": poll.main,
    "million": million.main,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or list(BENCHES)[:-1]:
        BENCHES[name]()
