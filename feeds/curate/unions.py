"""What became of articles -> what readers are told: merged, taken back by the source, withheld. Pure."""

from collections.abc import Iterable

from archive import Article
from feeds.curate.judge import judge
from feeds.curate.match import Reading
from feeds.curate.notices import drop, let_in, take_back, tell_gone
from feeds.curate.rules import Rule, Rulebook
from feeds.curate.sheet import Sheet
from feeds.curate.standing import EDITOR, RULE, Item, undecided

MERGED = "it was merged into another article"
WITHHELD = "it is withheld"


def lead_over(sheet: Sheet, rule: Rule, item: Item, article: Article) -> None:
    """Let what waits as a part wait, or come out, as the *article* that it was merged into."""
    others = (sheet.item(rule.topic, one) for one in sheet.members(article.id) if one != item.article)
    verdict = judge(rule, Reading.of(article))
    if verdict.lets_in and all(undecided(other) for other in others):
        let_in(sheet, rule, article, verdict.shown)
    drop(sheet, item, MERGED, RULE)  # Last: where a tick is cut, the next one comes by here again.


def tell_of_fates(sheet: Sheet, articles: Iterable[str], book: Rulebook) -> None:
    """Tell of what was taken back or shown anew, in every topic that there is or was."""
    for article in dict.fromkeys(articles):
        members = sheet.members(article)
        withheld = sheet.withheld(article)
        for rule in book.all():
            for one in members:
                item = sheet.item(rule.topic, one)
                if item is None or item.state not in {"published", "held"}:
                    continue
                if not withheld:
                    tell_gone(sheet, item)
                elif item.state == "held":
                    drop(sheet, item, WITHHELD, EDITOR)
                else:
                    take_back(sheet, item)
