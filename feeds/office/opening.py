"""Settings -> a bureau, or a sentence on why there can be none."""

from archive import ReadOnly, Unreadable, refused_by_disk
from feeds.errors import CommandError
from feeds.office.bureau import Bureau
from feeds.settings import Settings


def open_bureau(settings: Settings) -> Bureau:
    """Return the bureau of these settings. Raises CommandError or ReadOnly where `data:` cannot be written to."""
    try:
        return Bureau(settings)
    except OSError as error:
        if isinstance(error, Unreadable):
            raise ReadOnly(str(error)) from error
        if refused_by_disk(error):
            raise ReadOnly(
                f"{error.filename or settings.data}: {error.strerror}; nothing was done, so ask again "
                "when the disk takes writes"
            ) from error
        raise CommandError(
            f"{error.filename or settings.data}: {error.strerror or error}: "
            "`data:` in config.yaml must name a folder that can be written to"
        ) from error
