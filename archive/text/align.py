"""Two sequences -> the places at which they agree, in order, found within a stated effort. Pure.

What stands but once in both is found first, and the longest chain of it in one
order holds the rest in place (patience diff). Between two of these the longest
common subsequence is taken, by the pairs that agree (Hunt and Szymanski).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence

_PAIR = 1
"""What one pair costs against one look at a word."""


class Effort:
    """How much may still be looked at: counted, not timed, so that the same is found everywhere."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def takes(self, steps: int) -> bool:
        """Spend *steps* if there are so many left; say whether there were."""
        if steps > self._left:
            return False
        self._left -= steps
        return True


def matching(one: Sequence[Hashable], other: Sequence[Hashable], effort: Effort) -> list[tuple[int, int]]:
    """Return the places (in *one*, in *other*) of what both hold, ascending in both.

    Where the effort is spent nothing more is found: what is left counts as different.
    """
    found: list[tuple[int, int]] = []
    todo = [(0, len(one), 0, len(other))]
    while todo:
        start, end, begin, stop = todo.pop()
        while start < end and begin < stop and one[start] == other[begin]:
            found.append((start, begin))
            start, begin = start + 1, begin + 1
        while start < end and begin < stop and one[end - 1] == other[stop - 1]:
            end, stop = end - 1, stop - 1
            found.append((end, stop))
        if start == end or begin == stop or not effort.takes(end - start + stop - begin):
            continue
        part, counterpart = one[start:end], other[begin:stop]
        chain = [(start + i, begin + j) for i, j in _once_in_both(part, counterpart)]
        if not chain:
            found += [(start + i, begin + j) for i, j in _longest_common(part, counterpart, effort)]
            continue
        found += chain
        for (i, j), (k, m) in zip([(start - 1, begin - 1), *chain], [*chain, (end, stop)], strict=True):
            if i + 1 < k and j + 1 < m:
                todo.append((i + 1, k, j + 1, m))
    return sorted(found)


def _once_in_both(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the longest chain of what stands exactly once in each."""
    counts, others = Counter(one), Counter(other)
    places = {word: j for j, word in enumerate(other) if others[word] == 1 and counts.get(word) == 1}
    return _rising([(i, places[word]) for i, word in enumerate(one) if word in places])


def _longest_common(
    one: Sequence[Hashable], other: Sequence[Hashable], effort: Effort
) -> list[tuple[int, int]]:
    """Return the longest common subsequence; nothing where too many places agree."""
    counts, others = Counter(one), Counter(other)
    if not effort.takes(_PAIR * sum(count * others[word] for word, count in counts.items())):
        return []
    places: dict[Hashable, list[int]] = {}
    for j in range(len(other) - 1, -1, -1):
        places.setdefault(other[j], []).append(j)
    return _rising([(i, j) for i, word in enumerate(one) for j in places.get(word, ())])


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest chain of *pairs* that rises in both; they come by the first, then falling by the second."""
    lowest: list[int] = []  # The lowest end of a chain of each length,
    ends: list[int] = []  # the pair which that is,
    before: list[int] = []  # and of each pair the one before it in its chain.
    for number, (_, j) in enumerate(pairs):
        length = bisect_left(lowest, j)
        before.append(ends[length - 1] if length else -1)
        lowest[length : length + 1] = [j]
        ends[length : length + 1] = [number]
    chain: list[tuple[int, int]] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]
