"""A topic's rule and an article -> whether it is let in, and what will be shown about why. Pure."""

import uuid
from dataclasses import dataclass

from feeds.curate.likeness import LETS_IN, likeness
from feeds.curate.match import Reading, best_sentence, hits, matches, spellings
from feeds.curate.query import terms
from feeds.curate.reasons import Shown
from feeds.curate.rules import Rule


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule makes of an article.

    shown   what will be printed about why
    """

    lets_in: bool
    shown: Shown


def judge(rule: Rule, reading: Reading) -> Verdict:
    """Return whether the rule lets the article in, and what will be shown about it.

    A query decides alone; examples beside it only add to the reason. Examples
    alone let in what scores at least LETS_IN of an example's own score; beside a
    query that only shuts out (`none`, or NOT alone), what scores so and is not shut out. A rule
    with a fault lets nothing in, and no rule what its source keeps to itself.
    """
    if rule.fault is not None or reading.closed:
        return Verdict(False, Shown())
    like = likeness(rule.model, reading) if rule.model is not None else None
    near = like[1] if like is not None and like[0] >= LETS_IN else None
    tree = rule.tree
    if tree is None:
        return Verdict(True, Shown(like=near)) if near is not None else Verdict(False, Shown())
    if not matches(tree, reading) or (near is None and rule.keys.like and not terms(tree)):
        return Verdict(False, Shown())
    found = hits(tree, reading)
    shown = Shown(
        matched=tuple(spellings(found, reading)),
        sentence=best_sentence(found, reading),
        like=near,
    )
    return Verdict(True, shown)


def guid_of(rule: Rule, article: str) -> str:
    """Return what the item is called: the article's id, or one of its own in this topic."""
    if rule.keys.guid == "article":
        return article
    return f"urn:uuid:{uuid.uuid5(uuid.UUID(rule.topic), article)}"
