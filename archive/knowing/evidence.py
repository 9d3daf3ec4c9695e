"""A sighting and a known article -> how sure it is that both are one.

A name of its own (the guid of this source, the path of a file) is trusted unless
title and text both differ. Any lesser sign, such as an address, must be borne out
by what the entry says, and an empty or very short text speaks for nobody.
"""

from archive.cards import Card, Named
from archive.knowing import identity
from archive.knowing.recall import Recall
from archive.record.draft import Sighting
from archive.text.sketch import SHORT, Sketch, agreement, similarity

ALIKE = 0.2
"""Less of the shorter text in the longer, and it is another article."""
HALF = 0.5
"""Of all words, where there is little else to go by."""
SURE = 0.8
"""Of the longer text in the shorter, where guid and title both differ. The notes of two
episodes that end alike (support us, follow us) agree by a half and more."""
SAME = 3.0


class Evidence:
    """What is known, asked about the sightings of one document.

    Each question is answered from 0 to SAME; below ALIKE means another article.
    """

    def __init__(self, recall: Recall) -> None:
        self._recall = recall

    def by_name(self, sighting: Sighting, card: Card) -> float:
        """Say how sure it is where the source gave both one name.

        What an editor merged has texts of several entries in turn: there the name must do.
        """
        if sighting.content_sha256 == card.content_sha256:
            return SAME
        alike = _same_title(sighting, card) + similarity(sighting.sketch, self._recall.sketch(card.id))
        return max(alike, ALIKE) if self._recall.is_merged(card.id) else alike

    def by_place(self, sighting: Sighting, card: Card) -> float:
        """Say how sure it is where both stood in one list, a place in which is no name."""
        if sighting.content_sha256 == card.content_sha256:
            return SAME
        theirs = self._recall.sketch(card.id)
        alike = similarity(sighting.sketch, theirs)
        if _same_title(sighting, card):
            return 1.0 + alike
        in_place = any(name.guid == sighting.guid for name in self._recall.names_of(card.id))
        enough = agreement(sighting.sketch, theirs) >= (HALF if in_place else SURE)
        return alike if enough and not self._mute(sighting, card) else 0.0

    def by_sign(self, sighting: Sighting, card: Card) -> float:
        """Say how sure it is where only a lesser sign has led here."""
        names = [name for name in self._recall.names_of(card.id) if name.source == sighting.source]
        renamed = _renamed(sighting, names)
        mute = self._mute(sighting, card)
        if mute and (_elsewhere(sighting, names) or (renamed and _other_day(sighting, card))):
            return 0.0
        if sighting.content_sha256 == card.content_sha256:
            return SAME
        theirs = self._recall.sketch(card.id)
        alike = similarity(sighting.sketch, theirs)
        if not mute and alike < ALIKE:
            return 0.0
        if _same_title(sighting, card):
            return 1.0 + (0.0 if mute else alike)
        if renamed:
            return alike if not mute and agreement(sighting.sketch, theirs) >= SURE else 0.0
        if mute:
            return self._said_at_all(sighting, card) if names else 0.0
        return alike

    def by_title(self, sighting: Sighting, card: Card) -> float:
        """Say how sure it is where title and date have led here.

        Without a date, a title such as "Daily briefing" says too little by itself,
        and no title says nothing: then half of the words must be the same.
        """
        told = sighting.title_key and sighting.draft.content.date_published
        if not told and sighting.content_sha256 != card.content_sha256:
            half = agreement(sighting.sketch, self._recall.sketch(card.id)) >= HALF
            if self._mute(sighting, card) or not half:
                return 0.0
        return self.by_sign(sighting, card)

    def by_words(self, sighting: Sighting, card: Card) -> float:
        """Say how sure it is where all words agree."""
        return SAME if sighting.content_sha256 == card.content_sha256 else 0.0

    def _mute(self, sighting: Sighting, card: Card) -> bool:
        """Say whether one of the texts is too short to tell them apart."""
        return len(sighting.sketch.words) < SHORT or len(self._recall.sketch(card.id).words) < SHORT

    def _said_at_all(self, sighting: Sighting, card: Card) -> float:
        """Return how much title and text have in common, 0 where that is less than half."""
        ours = Sketch((*Sketch.of(sighting.title_key).words, *sighting.sketch.words))
        theirs = Sketch((*Sketch.of(card.title_key).words, *self._recall.sketch(card.id).words))
        common = len(ours.single & theirs.single) / max(1, min(len(ours.single), len(theirs.single)))
        return common if common >= HALF else 0.0


def _same_title(sighting: Sighting, card: Card) -> bool:
    return bool(sighting.title_key) and sighting.title_key == card.title_key


def _renamed(sighting: Sighting, names: list[Named]) -> bool:
    """Say whether the source called the article by another guid, and not only counted behind its `#`."""
    guids = {_uncounted(name.guid) for name in names if name.guid}
    return bool(sighting.guid and guids) and _uncounted(sighting.guid) not in guids


def _uncounted(guid: str | None) -> str | None:
    """Return a guid that is an address without scheme and `#n`: some sites count edits there.

    What stands behind the `#` and is no number names a place in a page of many entries.
    """
    counted = identity.fragment(guid or "").isdecimal() or "#" not in (guid or "")
    return (identity.url_key(guid or "") if counted else None) or guid


def _elsewhere(sighting: Sighting, names: list[Named]) -> bool:
    """Say whether the source showed the article under another path, and not under this one."""
    paths = {_path(name.url_key) for name in names if name.url_key}
    return bool(sighting.url_key and paths) and _path(sighting.url_key) not in paths


def _path(url_key: str | None) -> str:
    """Return an address without host and query, which change where links are volatile."""
    return (url_key or "").removeprefix("//").partition("?")[0].partition("/")[2]


def _other_day(sighting: Sighting, card: Card) -> bool:
    date = sighting.draft.content.date_published
    return date is not None and card.date is not None and date != card.date
