"""Settings that can be used -> what their owner may want to look at all the same."""

from feeds.settings import FolderSource, Settings


def advice_on(settings: Settings) -> list[str]:
    """Return a sentence for everything that is no fault of the file, but will not do what it seems to."""
    found: list[str] = []
    for number, source in enumerate(settings.sources):
        if isinstance(source, FolderSource) and not source.path.is_dir():
            found.append(f"sources[{number}].folder: there is no folder {source.path} (make it)")
    missing = (one for one in settings.lists if not one.path.is_file())
    found += [f"sources: opml {one.opml}: there is no file {one.path}" for one in missing]
    for slug, topic in settings.topics.items():
        for number, name in enumerate(topic.like):
            is_file = not name.startswith(("urn:", "http://", "https://"))
            if is_file and not (settings.home / name).is_file():
                found.append(f"topics.{slug}.like[{number}]: there is no file {settings.home / name}")
    if not settings.sources and not settings.lists:
        found.append("sources: there are none, so nothing will be read (add `- feed: ADDRESS`)")
    if not settings.topics:
        found.append("topics: there are none, so nothing will be published")
    return found
