"""Articles through a hundred topics against only parting them into words."""

import random

from archive.text.words import Tokens
from bench.meter import rates, table
from feeds.curate.match import Reading, matches
from feeds.curate.query import parse_query

ARTICLES, TOPICS = 400, 100


def main() -> None:
    """Print the table."""
    chance = random.Random(7)
    vocabulary = [f"{a}{b}{n}" for a in "kmptr" for b in "aeiou" for n in range(80)]
    texts = [" ".join(chance.choices(vocabulary, k=500)) for _ in range(ARTICLES)]
    queries = [
        parse_query(
            f"({' OR '.join(chance.sample(vocabulary, 3))}) AND ({' OR '.join(chance.sample(vocabulary, 3))})"
        )
        for _ in range(TOPICS)
    ]

    def words(_: int) -> int:
        for text in texts:
            Tokens.of(text).places  # noqa: B018
        return ARTICLES

    def topics(_: int) -> int:
        for text in texts:
            reading = Reading("title", text)
            for query in queries:
                matches(query, reading)
        return ARTICLES

    found = rates({"parted into words": words, f"and asked by {TOPICS} topics": topics})
    table("articles of 500 words, one core", found, "articles/s", "parted into words")
