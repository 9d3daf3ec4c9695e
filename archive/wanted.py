"""What an index of words is asked for: a tree of words, any and all of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Every:
    """All documents."""


@dataclass(frozen=True, slots=True)
class Run:
    """Documents with these words side by side; the last one open-ended if *prefix*."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Both:
    """Documents that all of these find."""

    parts: "tuple[Wanted, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """Documents that any of these finds."""

    parts: "tuple[Wanted, ...]"


Wanted = Every | Run | Both | Either
"""What an index is asked for. It may answer with more, never with less: the
query's own evaluator decides."""
