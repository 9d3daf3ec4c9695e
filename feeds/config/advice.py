"""Settings that can be used -> what their owner may want to look at all the same."""

import os
from pathlib import Path

from feeds.settings import FolderSource, Settings, Tcp, is_loopback, is_ours_alone, usual_content

_GIVES = {
    "full": "whole articles",
    "excerpt": "excerpts (the first sentences, at most 500 characters)",
    "link": "titles and links",
}


def advice_on(settings: Settings) -> list[str]:
    """Return a sentence for everything that is no fault of the file, but will not do what it seems to."""
    found: list[str] = []
    if (wrong := _unusable(settings.data)) is not None:
        found.append(f"data: {wrong}, so nothing can be kept (name a folder of your own)")
    for number, source in enumerate(settings.sources):
        if isinstance(source, FolderSource) and not os.path.isdir(source.path):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
            found.append(f"sources[{number}].folder: there is no folder {source.path} (make it)")
    missing = (one for one in settings.lists if not one.path.is_file())
    found += [f"sources: opml {one.opml}: there is no file {one.path}" for one in missing]
    for slug, topic in settings.topics.items():
        for number, name in enumerate(topic.like):
            is_file = not name.startswith(("urn:", "http://", "https://"))
            if is_file and not os.path.isfile(settings.home / name):  # noqa: PTH113 - likewise
                found.append(f"topics.{slug}.like[{number}]: there is no file {settings.home / name}")
    if not settings.sources and not settings.lists:
        found.append("sources: there are none, so nothing will be read (add `- feed: ADDRESS`)")
    if not settings.topics:
        found.append("topics: there are none, so nothing will be published")
    return found


def _open_to_others(settings: Settings) -> Tcp | None:
    """Return where other machines can ask for what is published for their owner alone; None where none can."""
    if not is_ours_alone(settings.site):
        return None
    places = (one for one in settings.server.listen if isinstance(one, Tcp))
    return next((one for one in places if not is_loopback(one.host)), None)


def _unusable(data: Path) -> str | None:
    """Return why nothing can be written below the folder *data*, or would be made there; None if it can."""
    there = next(path for path in (data.absolute(), *data.absolute().parents) if path.exists())
    if not there.is_dir():
        return f"{there} is no folder"
    return None if os.access(there, os.W_OK | os.X_OK) else f"{there} cannot be written to"


def notes_on(settings: Settings) -> list[str]:
    """Return a sentence on what each topic's subscribers get, and why: nobody should find out by chance."""
    usual = usual_content(settings.site)
    silent = [slug for slug, topic in settings.topics.items() if topic.content is None]
    told = [
        f"topics.{slug}: its subscribers get {_GIVES[topic.content]}, as `content: {topic.content}` says"
        for slug, topic in settings.topics.items()
        if topic.content is not None
    ]
    if settings.site.operator and not is_ours_alone(settings.site):
        told.append(
            f"site.operator: {settings.site.base_url}operator/ names your sources and folders to whoever reaches it; let "
            "the server in front ask for a password there (examples/servers/)"
        )
    if (others := _open_to_others(settings)) is not None:
        told.append(
            f"server.listen: {others} can be reached from other machines, and site.base_url ({settings.site.base_url}) "
            "leads to this one alone: whoever comes there gets what is meant for you, whole articles and how newsweir "
            "fares (write the address that they use into site.base_url)"
        )
    if not silent:
        return told
    here = usual == "full"
    place = "leads to this machine alone" if here else "can be reached from other machines"
    which = (
        f"{len(silent)} topics"
        if len(silent) > 3
        else " and ".join([", ".join(silent[:-1]), silent[-1]][len(silent) == 1 :])
    )
    mend = (
        "on a public address it would be excerpts" if here else "`content: full` in a topic gives all of it"
    )
    return [
        f"{which}: subscribers get {_GIVES[usual]}, because site.base_url ({settings.site.base_url}) {place}; {mend}",
        *told,
    ]
