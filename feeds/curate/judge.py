"""A topic's rule and an article -> whether it is let in, and what will be shown about why. Pure."""

import uuid
from dataclasses import dataclass

from feeds.curate.likeness import LETS_IN, likeness
from feeds.curate.lines import Shown
from feeds.curate.match import Reading, best_sentence, hits, matches, spellings
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
    alone let in what scores at least LETS_IN of an example's own score. A rule
    with a fault lets nothing in.
    """
    if rule.fault is not None:
        return Verdict(False, Shown())
    like = likeness(rule.model, reading) if rule.model is not None else None
    tree = rule.tree
    if tree is not None:
        found = hits(tree, reading) if matches(tree, reading) else []
        lets_in = bool(found) or matches(tree, reading)
        shown = Shown(
            matched=tuple(spellings(found, reading)),
            sentence=best_sentence(found, reading),
            like=like[1] if like is not None and lets_in and like[0] >= LETS_IN else None,
        )
        return Verdict(lets_in, shown)
    if like is None or like[0] < LETS_IN:
        return Verdict(False, Shown())
    return Verdict(True, Shown(like=like[1]))


def guid_of(rule: Rule, article: str) -> str:
    """Return what the item is called: the article's id, or one of its own in this topic."""
    if rule.keys.guid == "article":
        return article
    return f"urn:uuid:{uuid.uuid5(uuid.UUID(rule.topic), article)}"
