"""What became of one draft: the word that whoever brought it is given."""

from dataclasses import dataclass

from archive.record.article import Status


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one draft.

    status   new, revised, alias (known already, under a name not seen before), same, or
             later: a new text that comes too soon behind the last, and must be shown again; or
             erased: nothing of it may be kept
    rev      number of the article's newest revision, 0 of an erased one
    """

    status: Status
    id: str
    rev: int
