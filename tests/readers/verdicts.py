"""What a program held, scene by scene -> what is wrong with it, and a row of words. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from tests.readers.program import NAMES, Program
from tests.readers.scenes import BUMPED, CHANGED, CORRECTED, EDITED, LAST, MONTH, STORIES, TAKEN_BACK, Seen

Alone = Mapping[str, Seen]
"""By scene: one program that reads one format."""
COLUMNS = (
    "program",
    "formats",
    "nothing new",
    "after a rebuild",
    "corrected, `silent`",
    "corrected, `bump`",
    "taken back",
    "a month away",
    "renamed or moved",
    "an article in two topics",
    "the same, `per-topic`",
)

MANNERS = ("program", "sends back", "unpacks", "asks for news alone", "calls itself")


def complaints(program: Program, scenes: Alone) -> Iterator[str]:
    """Yield every double and every loss, and each poll that ought to have been answered 304."""
    first = scenes["first"]
    if sorted(first.stories()) != list(range(STORIES)):
        yield f"first: holds {sorted(first.stories())}"
    before: Counter[int] = Counter()
    for name, seen in scenes.items():
        if seen.fault and program.follows:
            yield f"{name}: {seen.fault}"
        stories = seen.stories()
        doubled = {one for one, times in stories.items() if times > 1}
        if doubled - ({EDITED, BUMPED} if program.doubles else set()):
            yield f"{name}: doubled {sorted(doubled)}"
        if lost := before.keys() - stories.keys() - {TAKEN_BACK}:
            yield f"{name}: lost {sorted(lost)}"
        before = stories
        away = range(STORIES + 1 if program.walks else LAST - 5, LAST)
        wanted = {"a day": {STORIES}, "a month": set(away), "moved": {LAST}}.get(name, set())
        if program.follows and (missed := wanted - stories.keys()):
            yield f"{name}: missed {sorted(missed)}"
    for name in ("once more", "rebuilt") if program.conditional else ():
        if set(scenes[name].statuses) != {304}:
            yield f"{name}: answered {scenes[name].statuses}"


def row(program: Program, by_format: Mapping[str, Alone], two: Mapping[str, Mapping[str, Seen]]) -> list[str]:
    """Return what to say of a program, a word or a few for each column.

    two   what it held of two topics, by guid mode and format
    """
    told: list[Callable[[str], str]] = [
        lambda name: _nothing_new(by_format[name]),
        lambda name: _asked(by_format[name]["rebuilt"]),
        lambda name: _corrected(by_format[name], "a day", EDITED, CORRECTED),
        lambda name: _corrected(by_format[name], "bump", BUMPED, CHANGED),
        lambda name: "stays" if by_format[name]["a day"].of(TAKEN_BACK) else "goes",
        lambda name: _month(by_format[name]["a month"]),
        lambda name: "loses the feed" if by_format[name]["moved"].fault else "follows",
        lambda name: _times(two["article"][name]),
        lambda name: _times(two["per-topic"][name]),
    ]
    formats = ", ".join(NAMES[name] for name in program.formats)
    return [
        f"{program.name} {program.version()}",
        formats,
        *(_by_format(program.formats, one) for one in told),
    ]


def manners(program: Program, scenes: Alone) -> list[str]:
    """Return how a program asks, a word or a few for each column."""
    asked = [one for seen in scenes.values() for one in seen.asked if one.status != 308]
    sent = {name: one.headers[name] for one in asked for name in one.headers}  # Of the last that sent it.
    validators = [name for name in ("ETag", "Last-Modified") if _SENT_BACK[name] in sent]
    codings = sorted(one.strip() for one in sent.get("accept-encoding", "").split(",") if one.strip())
    news = "A-IM" if "a-im" in sent else "no"
    if any(one.status == 226 for one in asked):
        news = "A-IM, and gets 226"
    return [
        program.name,
        " and ".join(validators) or "nothing",
        ", ".join(codings) or "nothing",
        news,
        f"`{sent['user-agent']}`" if "user-agent" in sent else "nothing",
    ]


_SENT_BACK = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}


def _by_format(formats: tuple[str, ...], told: Callable[[str], str]) -> str:
    words = {name: told(name) for name in formats}
    if len(set(words.values())) == 1:
        return words[formats[0]]
    return "; ".join(f"{NAMES[name]}: {word}" for name, word in words.items())


def _nothing_new(scenes: Alone) -> str:
    soon, later = _asked(scenes["again"]), _asked(scenes["once more"])
    return soon if soon == later else f"{later} from the third poll on"


def _asked(seen: Seen) -> str:
    return "304" if set(seen.statuses) == {304} else "asks for all"


def _corrected(scenes: Alone, scene: str, story: int, words: str) -> str:
    items = scenes[scene].of(story)
    changed = [one for one in items if words in one.title]
    if not changed:
        return "keeps what it had"
    if len(items) > 1:
        return "shows both"
    return "takes its place, unread" if changed[0].unread else "takes its place"


def _month(seen: Seen) -> str:
    away = range(STORIES + 1, STORIES + 1 + 5 * MONTH)
    missed = len(set(away) - set(seen.stories()))
    return f"misses {missed} of {len(away)}" if missed else "misses nothing"


def _times(seen: Seen) -> str:
    times = set(seen.stories().values())
    return {(1,): "once", (2,): "twice"}.get(tuple(times), "mixed")
