"""Troubles -> title and text of a notice: the place, the fault, the mend, and the command to run. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from feeds.owner.notice import What
from feeds.owner.troubles import Over, Trouble, spoken

NAMED = 20
"""Of those that a notice is about, so many are named; of the others it says how many there are."""
_LONGEST = 400
"""Characters of one sentence: an answer's own words may be in it."""
_ONE: Final[Mapping[What, str]] = {
    "network": "No source answers",
    "dead": "{name} does not answer",
    "silent": "{name} has fallen silent",
    "moved": "{name} has moved",
    "held": "A flood from {name} is held",
    "flaws": "A piece of the archive is not as it was written",
    "unreached": "{name} may still hold what was erased",
}
_MANY: Final[Mapping[What, str]] = {
    "dead": "{count} sources do not answer",
    "silent": "{count} sources have fallen silent",
    "moved": "{count} sources have moved",
    "held": "Floods from {count} sources are held",
    "flaws": "{count} pieces of the archive are not as they were written",
    "unreached": "{count} places may still hold what was erased",
}
_OUT: Final[Mapping[What, tuple[str, str]]] = {
    "unreached": ("{name} is published to no more", "{name} are published to no more"),
}
_NO_SOURCE = ("{name} is no source any more", "{name} are no sources any more")
_OVER: Final[Mapping[What, str]] = {
    "network": "Sources answer again",
    "dead": "Answers again: {name}",
    "silent": "Brings articles again: {name}",
    "moved": "Asked at its new address: {name}",
    "held": "No flood is held any more: {name}",
    "flaws": "The archive was mended",
    "unreached": "Reached after all: {name}",
}
_ADVICE: Final[Mapping[What, str]] = {
    "network": "Most likely this machine has no network, or its name server does not answer: look there first. "
    "Every source is asked again by itself, and what was published stays up.",
    "dead": "Whoever failed is asked again by itself, at least once a day. Has a feed moved? `newsweir try` with the "
    "address of its site finds it. What is gone for good can be taken out of config.yaml: what it gave stays.",
    "silent": "Perhaps it has nothing to say; perhaps its feed was left behind when the site moved: look at the site.",
    "moved": "Until then it is asked at its old address, as long as that leads on.",
    "held": "Look at what it is: newsweir sources, newsweir search WORDS.",
    "flaws": "What a backup has is brought back: newsweir repair --from BACKUP. To see everything: newsweir verify.",
    "unreached": "Nothing else of it is left; no feed and no page here shows it.",
}


def began(what: What, troubles: Sequence[Trouble]) -> tuple[str, str]:
    """Return title and text of a notice that these began."""
    count = len(troubles)
    pattern = _ONE[what] if count == 1 else _MANY[what]
    title = pattern.format(name=short(troubles[0].name, 100), count=count)
    rows = [f"{short(one.line)}.{f'{chr(10)}{one.do}' if one.do else ''}" for one in troubles[:NAMED]]
    if count > NAMED:
        rows.append(f"And {count - NAMED} more.")
    return title, "\n\n".join([*rows, _ADVICE[what]])


def ended(what: What, over: Sequence[Over], left: int) -> tuple[str, str]:
    """Return title and text of a notice that it is over for some; *left* in it are others."""
    count = len(over)
    name = (
        short(over[0].name, 100)
        if count == 1
        else f"{count} {'places' if what == 'unreached' else 'sources'}"
    )
    rows = [f"{short(one.line)}." for one in over[:NAMED]]
    if count > NAMED:
        rows.append(f"And {count - NAMED} more.")
    if left:
        rows.append(f"{left} more are as they were.")
    if all(one.out for one in over):
        pattern = _OUT.get(what, _NO_SOURCE)[count > 1]
    else:
        pattern = _OVER[what]
    return pattern.format(name=name), "\n\n".join(rows)


def unwritable(since: datetime, until: datetime, reason: str) -> tuple[str, str]:
    """Return title and text of a notice that nothing could be written for a while."""
    minutes = max(1, round((until - since).total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    span = f"{hours} h {rest:02d} min" if hours else f"{minutes} min"
    text = (
        f"From {spoken(since)} to {spoken(until)} the disk took no writes: {short(reason)}.\n\n"
        "What was published stayed up, and nothing that was acknowledged is lost; sources were asked for the rest "
        "again. Is there room on the disk, and is it in order?\n\ndf -h\n\nnewsweir verify --quick"
    )
    return f"Nothing could be written for {span}", text


def repaired(pieces: int) -> tuple[str, str]:
    """Return title and text of a notice that the archive was repaired, of which nobody was told that it had to be."""
    things = "one thing" if pieces == 1 else f"{pieces} things"
    text = f"newsweir repair mended {things}. What proves nothing lies in quarantine/ below the archive."
    return "The archive was repaired", f"{text}\n\nnewsweir verify"


def recovered(found: Mapping[str, Mapping[str, int]]) -> tuple[str, str]:
    """Return title and text of a notice of what opening the archive had to mend, by journal."""
    rows = [
        f"{journal}: {', '.join(f'{count:,} {name}' for name, count in counts.items() if count)}."
        for journal, counts in found.items()
    ]
    return (
        "The archive was opened after a crash",
        "\n".join(rows)
        + "\n\nWhat proves itself was kept; other bytes lie in quarantine/ below the archive, and a "
        "line that was lost behind others left a hole. Whether anything is missing: newsweir verify. What a backup "
        "has is brought back: newsweir repair --from BACKUP",
    )


def short(text: str, longest: int = _LONGEST) -> str:
    """Return a text on one line, cut where it is very long."""
    flat = " ".join(text.split()).rstrip(".")
    return flat if len(flat) <= longest else f"{flat[: longest - 1].rstrip()}…"
