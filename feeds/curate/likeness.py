"""Examples -> their best terms with weights; an article -> how like an example it is.

A first measure: the 25 words an example says most, but for the commonest of its
language, those of its title half again; an article scores by how often it says
them, as a share of the example's own score. No archive is counted: what is rare
in a young or narrow archive says nothing about what an example is about. (One
example about Afghanistan over 1,743 articles on US politics: average precision
.77, against .55 with this archive's own document frequencies and .07 with those of
sixteen articles on the subject.) The terms are frozen in a `model` line.
"""

import functools
import math
from collections import Counter
from collections.abc import Sequence

from feeds.curate.lines import Example, Model
from feeds.curate.match import Reading
from feeds.curate.reasons import Like

METHOD = "tf-25"
TERMS = 25
LETS_IN = 0.3
"""Share of an example's own score from which likeness alone lets an article in.
Tuned on examples/: see docs/decisions/0007-likeness.md."""

_SATURATION = 1.2
_TITLE_BOOST = 1.5
_SHOWN_TERMS = 6
_LANGUAGES = (
    "English", "Russian", "German", "French", "Spanish", "Italian", "Portuguese", "Dutch", "Polish", "Turkish",
)  # fmt: skip


def fit(name: str, title: str, reading: Reading, article: str | None = None) -> Example:
    """Return the example with its best terms: telling words it says often or in its title."""
    common = _common_words(reading)
    weights = {
        word: _saturated(frequency) * (_TITLE_BOOST if word in reading.title_tokens.places else 1.0)
        for word, frequency in _frequencies(reading).items()
        if word not in common and len(word) > 1 and not word.isdigit()
    }
    best = sorted(weights, key=lambda word: (-weights[word], word))[:TERMS]
    # Rounded: the line holds what is used, to the last digit, on any machine.
    terms = {word: round(weights[word], 4) for word in best}
    return Example(name=name, title=title, terms=terms, own=round(_score(terms, reading), 4), article=article)


def likeness(model: Model, reading: Reading) -> tuple[float, Like] | None:
    """Return how like the nearest example the article is, 0 to about 1, and what is shown of it."""
    best: tuple[float, Example] | None = None
    for example in model.examples:
        share = _score(example.terms, reading) / example.own if example.own else 0.0
        if best is None or share > best[0]:
            best = (share, example)
    if best is None:
        return None
    share, example = best
    together = _contributions(example.terms, reading)
    terms = sorted(together, key=lambda word: (-together[word], word))[:_SHOWN_TERMS]
    shown = Like(title=example.title, score=f"{share:.2f}", terms=tuple(terms), article=example.article)
    return share, shown


def _score(terms: dict[str, float], reading: Reading) -> float:
    return math.fsum(_contributions(terms, reading).values())


def _contributions(terms: dict[str, float], reading: Reading) -> dict[str, float]:
    title, body = reading.title_tokens.places, reading.body_tokens.places
    found: dict[str, float] = {}
    for word, weight in terms.items():
        frequency = len(title.get(word, ())) + len(body.get(word, ()))
        if frequency:
            found[word] = weight * _saturated(frequency)
    return found


def _saturated(frequency: int) -> float:
    """Return BM25's term frequency without its length: said ten times is not ten times as much."""
    return frequency * (_SATURATION + 1) / (frequency + _SATURATION)


def _frequencies(reading: Reading) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for tokens in (reading.title_tokens, reading.body_tokens):
        for word, places in tokens.places.items():
            counts[word] += len(places)
    return dict(counts)


@functools.cache
def _stoplists() -> Sequence[frozenset[str]]:
    """Return the commonest words of ten languages, folded as our own words are."""
    from justext import get_stoplist  # noqa: PLC0415 - read only when something is fitted

    from archive.text.words import fold  # noqa: PLC0415

    return [frozenset(fold(word) for word in get_stoplist(name)) for name in _LANGUAGES]


def _common_words(reading: Reading) -> frozenset[str]:
    """Return the commonest words of the language in which the text has most of them."""
    spoken = [word.text for word in reading.body_tokens.words] or [
        word.text for word in reading.title_tokens.words
    ]
    return max(_stoplists(), key=lambda words: sum(word in words for word in spoken))
