"""`python -m feeds`, but what is tried again every five seconds is tried again every half second."""

import sys

from feeds import daemon, standby
from feeds.cli import main

if __name__ == "__main__":
    daemon.LOOK = standby.AGAIN = 0.5
    main(sys.argv[1:])
