"""Figures as ratios against named floors, in one run. `make bench`, or `python -m bench`."""
