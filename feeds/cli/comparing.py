"""diff: what became of an article from one revision to the next."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from archive import Article, Comparison, Passage, compare, count_words
from feeds.cli import out
from feeds.cli.context import library_of
from feeds.cli.teach import examples
from feeds.errors import CommandError
from feeds.times import parse

_STYLES = {"same": "", "added": "green underline", "taken_out": "red strike"}
_MARKS = {"same": ("", ""), "added": ("{+", "+}"), "taken_out": ("[-", "-]")}


@dataclass(frozen=True, slots=True)
class _Change:
    """Two revisions, and what became of title and text between them."""

    old: Article
    new: Article
    title: Comparison
    text: Comparison

    @classmethod
    def of(cls, old: Article, new: Article) -> "_Change":
        title = compare(old.title or "", new.title or "")
        return cls(old, new, title, compare(old.content_text, new.content_text))


def diff(
    context: typer.Context,
    article: Annotated[
        str, typer.Argument(help="The id of an article, or the beginning of it.", metavar="ID")
    ],
    older: Annotated[
        int | None,
        typer.Option("--from", min=1, metavar="N", help="From this revision; else from the one before."),
    ] = None,
    newer: Annotated[
        int | None, typer.Option("--to", min=1, metavar="N", help="To this revision; else to the newest.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every change between the two, by default from the first on.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON, all of the text in parts.")] = False,
) -> None:
    """Show what the source changed in an article, word by word.

    By default the last change. On a terminal what was added is green and
    underlined, what was taken out red and struck through; in a pipe, or
    without colours, they stand in {+ +} and [- -]. Unchanged paragraphs are
    folded: `newsweir show ID --rev N` has the whole text of a revision.
    """
    with library_of(context) as library:
        key = library.archive.find_id(article)
        newest = library.archive.get(key)
        steps = _steps(newest.archive.rev, older, newer, every=every)
        read = {rev: library.archive.get(key, rev) for rev in sorted(set(itertools.chain(*steps)))}
    changes = [_Change.of(read[one], read[other]) for one, other in steps]
    if json:
        facts = {"id": newest.id, "title": newest.title, "revisions": newest.archive.rev}
        out.as_json({**facts, "changes": [_facts(change) for change in changes]})
        return
    heading = f"{newest.title or 'Untitled'} ({newest.id})"
    if not changes:
        kept = out.moment(parse(newest.archive.fetched))
        out.say(f"{heading}\nthere is one revision, kept {kept}: its source has changed nothing since")
        return
    in_colour = out.has_colours()
    out.page([[(heading, "")], *(line for change in changes for line in _shown(change, in_colour=in_colour))])


def _steps(count: int, older: int | None, newer: int | None, *, every: bool) -> list[tuple[int, int]]:
    """Return the pairs of revisions to compare; none where there is but one revision.

    Raises CommandError, with the revisions there are, where one is wanted that is not there.
    """
    there_are = f"(revisions: 1 to {count})" if count > 1 else "(there is only revision 1)"
    for wanted in (older, newer):
        if wanted is not None and wanted > count:
            raise CommandError(f"there is no revision {wanted} {there_are}")
    end = newer or count
    start = older or (1 if every else end - 1)
    if newer == 1 and older is None:
        raise CommandError(f"revision 1 has none before it; say --from which one {there_are}")
    if start == end and count > 1:
        raise CommandError(f"revision {end} is compared with another one, not with itself {there_are}")
    if start in {0, end}:
        return []
    if not every:
        return [(start, end)]
    way = 1 if start < end else -1
    return list(itertools.pairwise(range(start, end + way, way)))


def _facts(change: _Change) -> dict[str, Any]:
    return {
        "from": _revision(change.old),
        "to": _revision(change.new),
        "added": change.text.added,
        "taken_out": change.text.taken_out,
        "title": _passages(change.title),
        "paragraphs": _passages(change.text),
    }


def _revision(article: Article) -> dict[str, Any]:
    return {
        "rev": article.archive.rev,
        "fetched": article.archive.fetched,
        "source": article.archive.source.name,
        "title": article.title,
        "words": count_words(article.content_text),
    }


def _passages(found: Comparison) -> list[list[dict[str, str]]]:
    return [[{"kind": part.kind, "text": part.text} for part in one.parts] for one in found.passages]


def _shown(change: _Change, *, in_colour: bool) -> Iterator[out.Line]:
    """Yield the lines of one change: which revisions, how much, then what."""
    yield []
    for sign, style, one in (("---", "red", change.old), ("+++", "green", change.new)):
        line = f"{sign} revision {one.archive.rev}, {out.moment(parse(one.archive.fetched))} UTC, "
        line += f"{one.archive.source.name or one.archive.source.key}, {_counted(count_words(one.content_text), 'word')}"
        yield [(line, style if in_colour else "")]
    yield [(f"{_counted(change.text.added, 'word')} in, {change.text.taken_out} out", "")]
    if change.title.changed:
        yield []
        for passage in change.title.passages:
            yield [("title: ", ""), *_marked(passage, in_colour=in_colour)]
    if not change.text.changed:
        yield [("\nthe text stayed as it was", "")]
        return
    for changed, passages in itertools.groupby(change.text.passages, key=lambda one: one.changed):
        if changed:
            for passage in passages:
                yield [("\n", ""), *_marked(passage, in_colour=in_colour)]
        else:
            folded = f"\n({_counted(sum(1 for _ in passages), 'paragraph')} unchanged)"
            yield [(folded, "dim" if in_colour else "")]


def _marked(passage: Passage, *, in_colour: bool) -> Iterator[tuple[str, str]]:
    """Yield a passage with what changed in colours, or between marks; spaces round it stay outside."""
    for before, part in zip((None, *passage.parts), passage.parts, strict=False):
        if in_colour and before is not None and (before.kind, part.kind) == ("taken_out", "added"):
            yield " ", ""  # No mark parts them.
        core = part.text.strip()
        lead, _, trail = part.text.partition(core) if core else (part.text, "", "")
        begin, end = ("", "") if in_colour or not core else _MARKS[part.kind]
        yield lead, ""
        yield f"{begin}{core}{end}", _STYLES[part.kind] if in_colour else ""
        yield trail, ""


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def add_to(app: typer.Typer) -> None:
    """Add this command to *app*."""
    app.command(
        epilog=examples(
            "diff 0190a3f2                    the last change",
            "diff 0190a3f2 --all              every change from the first revision on",
            "diff 0190a3f2 --from 1           all that changed since it was first kept",
            "diff 0190a3f2 --from 1 --to 3    between two revisions",
            "diff 0190a3f2 --json | jq '.changes[0].added'",
        )
    )(diff)
