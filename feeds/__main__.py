"""`python -m feeds` is `newsweir`."""

from feeds.cli import main

if __name__ == "__main__":
    main()
