"""A writing command's request -> done, by the one writer: the daemon, or the command itself."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from archive import ArchiveError, ReadOnly, Showing
from feeds import events
from feeds.care.erasing import carry_on, erase
from feeds.care.noticing import tell
from feeds.care.targets import bring_up, forget, prepare, reached, targets
from feeds.care.upkeep import pack, remember_backup, repair, seal, take_in
from feeds.curate import lines
from feeds.curate.rules import Rule
from feeds.curate.standing import Item
from feeds.editing.adopt import adopt, ask_again, expect, reload
from feeds.editing.joining import merge, refuse_withheld, split, withhold
from feeds.editing.releasing import end_holds, sources_called
from feeds.errors import Closed, CommandError, FeedsError, FetchError
from feeds.ingest.local.files import KINDS, read_file
from feeds.ingest.local.folder import spelled
from feeds.ingest.normalize import Coming, to_draft
from feeds.intake.pipeline import publish
from feeds.office.bureau import Bureau
from feeds.publish.text.urls import bare
from feeds.rounds import one_round, publish_all
from feeds.settings import FolderSource
from feeds.times import stamp

ADDED = "added"
"""The source of files that were added one by one."""


def carry_out(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Carry out *request* and return facts about it, when it is durable. Raises CommandError."""
    doing = {
        "withdraw": _withdraw,
        "release": _release,
        "drop": _drop,
        "merge": merge,
        "split": split,
        "withhold": _withhold,
        "backfill": _backfill,
        "erase": _erase,
        "add": _add,
        "once": _once,
        "rebuild": _rebuild,
        "repair": _repair,
        "restored": _restored,
        "backed-up": remember_backup,
        "publish": prepare,
        "published": reached,
        "forget-target": forget,
        "expect": expect,
        "adopt": adopt,
        "ask-again": ask_again,
        "reload": reload,
    }
    try:
        done = doing[request["do"]](bureau, request)
        pack(bureau)
        return done
    except KeyError as error:
        raise CommandError(f"the daemon does not know {error}; is it of the same version?") from error
    except ArchiveError as error:
        if bureau.closed:
            raise Closed from error
        if isinstance(error, ReadOnly):
            bureau.broken = str(error)
        raise CommandError(str(error)) from error
    except FeedsError:
        raise
    except Exception as error:
        if bureau.closed:  # What was let go of under our hands breaks in many ways.
            raise Closed from error
        raise


def _withdraw(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    article, topic, items = _addressed(bureau, request, {"published", "held"}, "published nor held")
    now, reason = _now(bureau), request.get("reason")
    bureau.decide(*(lines.Withdraw(article=one, topic=topic, at=now, reason=reason) for one in _named(items)))
    publish(bureau)
    done = {"article": article, "topics": [_slug(bureau, item) for item in items], **_waiting(bureau)}
    return done | _elsewhere(bureau, [item for item in items if item.state == "published"])


def _withhold(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    done = withhold(bureau, request)
    return done | _elsewhere(bureau, done["topics"])


def _release(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    if keys := sources_called(bureau, request["article"]):
        return end_holds(bureau, request, keys, out=True)
    refuse_withheld(bureau, request["article"])
    article, topic, items = _addressed(bureau, request, {"held", "dropped"}, "held nor dropped")
    bureau.decide(*(lines.Release(article=one, topic=topic, at=_now(bureau)) for one in _named(items)))
    publish(bureau)
    return {"article": article, "topics": [_slug(bureau, item) for item in items], **_waiting(bureau)}


def _drop(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    if keys := sources_called(bureau, request["article"]):
        return end_holds(bureau, request, keys, out=False)
    article, topic, items = _addressed(bureau, request, {"held"}, "held nor waiting")
    bureau.decide(*(lines.DropHeld(article=one, topic=topic, at=_now(bureau)) for one in _named(items)))
    publish(bureau)
    return {"article": article, "topics": [_slug(bureau, item) for item in items], **_waiting(bureau)}


def _erase(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    done = erase(bureau, bureau.archive.find_id(request["article"]), request.get("reason"))
    if places := done.get("targets"):
        pack(bureau)  # What is published is brought there with its twins.
        done["unreached"] = bring_up(bureau, places)
        done["targets"] = [path for path in places if path not in done["unreached"]]
    return done


def _backfill(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    rule = topic_called(bureau, request["topic"])
    publish_all(bureau)  # What is new comes in by its own right, before what is old.
    before = bureau.told.standing(rule.topic).n
    bureau.decide(lines.Backfill(topic=rule.topic, at=_now(bureau), through=bureau.archive.position))
    publish(bureau)
    return {"topic": rule.slug, "published": bureau.told.standing(rule.topic).n - before, **_waiting(bureau)}


def _add(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Archive one local file; in a folder that is a source, as that source would."""
    path = Path(request["file"])
    if path.suffix.lower() not in KINDS:
        raise CommandError(f"{path}: not a kind of file that is read ({' '.join(sorted(KINDS))})")
    key, name, guid = ADDED, ADDED, spelled(str(path))
    for key_, (source, _) in bureau.sources.items():
        if isinstance(source, FolderSource) and path.resolve().is_relative_to(source.path.resolve()):
            key, name = key_, source.name
            guid = spelled(path.resolve().relative_to(source.path.resolve()).as_posix())
    try:
        entries = read_file(guid, path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path}: cannot be read: {error.strerror}") from error
    except FetchError as error:
        raise CommandError(f"{path} {error}") from error
    coming = Coming(key=key, name=name, via="file", at=bureau.clock.now(), doubtful=bureau.trust.doubtful())
    (kept,) = bureau.archive.keep([Showing([to_draft(entry, None, coming) for entry in entries])])
    for one in kept:
        if one.status in {"new", "revised"}:
            events.say(f"archived id={one.id} source={events.shown(name)} rev={one.rev}")
    publish_all(bureau)
    return {
        "file": str(path),
        "articles": [
            {
                "id": one.id,
                "status": one.status,
                "rev": one.rev,
                "title": bureau.archive.get(one.id, one.rev).title if one.status != "erased" else None,
                "topics": [_slug(bureau, item) for item in _standing(bureau, one.id, {"published"})],
            }
            for one in kept
        ],
    }


def _once(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    if request.get("all"):
        bureau.ledger.hasten(bureau.clock.now())
    tally = one_round(bureau)
    seal(bureau)
    tell(bureau, thorough=True)
    return {"polled": tally.polled, "new": tally.news, "published": tally.published, "failed": tally.failed}


def _rebuild(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Make index and published files anew from the journals. It renders; it never decides.

    Where they were taken away before we opened, opening has made them anew.
    """
    began = time.monotonic()
    with bureau.at_work():
        if not request.get("taken_away"):
            bureau.forget()
            bureau.look_after()
        while bureau.archive.feed_search():
            pass
    return {
        "articles": bureau.archive.count(),
        "topics": len(bureau.book.in_force()),
        "files": len(bureau.shelf.paths()),
        "seconds": round(time.monotonic() - began, 2),
    }


def _repair(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    done = repair(bureau, request)
    carry_on(bureau)
    tell(bureau)
    return {**done, "published": publish_all(bureau)}


def _restored(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Tell the topics of what a repair brought back."""
    return {"told": take_in(bureau), "published": publish_all(bureau)}


def topic_called(bureau: Bureau, slug: str) -> Rule:
    """Return the rule of the topic with this slug. Raises CommandError, naming those there are."""
    rule = next((rule for rule in bureau.book.in_force() if rule.slug == slug), None)
    if rule is None:
        known = ", ".join(rule.slug for rule in bureau.book.in_force()) or "none yet"
        raise CommandError(f"no topic is called {slug!r} (topics: {known})")
    return rule


def _addressed(
    bureau: Bureau, request: dict[str, Any], states: set[str], what: str
) -> tuple[str, str | None, list[Item]]:
    """Return the article and topic that a request names, and where the article stands so."""
    article = bureau.archive.find_id(request["article"])
    topic = topic_called(bureau, request["topic"]).topic if request.get("topic") else None
    publish_all(bureau)
    items = [item for item in _standing(bureau, article, states) if topic in {None, item.topic}]
    if not items:
        where = f"the topic {request['topic']}" if topic else "any topic"
        raise CommandError(
            f"{article} is in {where} neither {what} (newsweir explain {bare(article)} says why)"
        )
    return article, topic, items


def _standing(bureau: Bureau, article: str, states: set[str]) -> list[Item]:
    """Return where the article, or what counts as one with it, stands so, in the order of the topics."""
    found = [item for one in bureau.archive.members(article) for item in bureau.told.of_article(one)]
    items = {item.topic: item for item in reversed(found) if item.state in states}
    return [items[rule.topic] for rule in bureau.book.all() if rule.topic in items]


def _named(items: list[Item]) -> list[str]:
    """Return the articles that the topics know: of merged ones that under which they published."""
    return list(dict.fromkeys(item.article for item in items))


def _slug(bureau: Bureau, item: Item) -> str:
    rule = bureau.book.of(item.topic)
    return rule.slug if rule is not None else item.topic


def _now(bureau: Bureau) -> str:
    return stamp(bureau.clock.now())


def _elsewhere(bureau: Bureau, shown: Sequence[object]) -> dict[str, Any]:
    """Return what a reply adds where something was shown: the published sites that show it until they are brought up."""
    places = list(targets(bureau.archive.state)) if shown else []
    return {"elsewhere": places} if places else {}


def _waiting(bureau: Bureau) -> dict[str, Any]:
    """Return what a reply adds where a decision is kept, but tells readers nothing yet."""
    return {"waiting": "the clock is doubtful"} if bureau.trust.doubtful() else {}
