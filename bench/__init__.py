"""Figures as ratios against named floors, each pair in one run.

`make bench`, or `python -m bench [NAME ...]`. A folder on the disk to be measured
may be named by BENCH_DIR; never a tmpfs, where nothing is ever written.
"""
