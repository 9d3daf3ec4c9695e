"""A report of verify's -> what is to be looked at, to be mended."""

import msgspec

from archive.verify.flaws import Report
from archive.verify.journals import JOURNALS

_LINES = frozenset(("E01", "E02", "E03", "E04", "E05", "E06", "E08", "E11", "E12", "E13", "E14", "E15"))


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be looked at: segments and packs by their names, without version.

    wanted    digests of blobs that articles miss
    store     STORE.json is missing, or cannot be read
    give_up   what nothing gives back is lost for good, and no flaw from then on
    """

    segments: dict[str, tuple[str, ...]] = {}
    packs: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    store: bool = False
    give_up: bool = False

    @property
    def empty(self) -> bool:
        """Say whether there is nothing to mend."""
        return not (any(self.segments.values()) or self.packs or self.wanted or self.store)


def plan_of(report: Report, *, give_up: bool = False) -> Plan:
    """Return what a report of verify's asks to be looked at."""
    found: dict[str, set[str]] = {name: set() for name in (*JOURNALS, "blobs")}
    for flaw in [*report.flaws, *report.lost]:
        top, _, rest = flaw.place.partition("/")
        if top in found and (flaw.code in _LINES or top == "blobs"):
            found[top].add(rest.partition("+")[0].partition(".r")[0])
    return Plan(
        segments={name: tuple(sorted(found[name])) for name in JOURNALS},
        packs=tuple(sorted(found["blobs"])),
        wanted=tuple(report.absent),
        store=any(flaw.code == "E31" for flaw in report.flaws),
        give_up=give_up,
    )
