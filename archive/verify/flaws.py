"""What is not as it was written -> a code, a place, what is wrong, what to do."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

FROM_BACKUP: Final = "newsweir repair --from BACKUP"
ALONE: Final = "newsweir repair"


OF_COPY: Final = "newsweir backup into the same folder copies it anew, once what stands there is moved away"


class Kind(NamedTuple):
    """What a code means, and what is done about it."""

    name: str
    mend: str


CODES: Final[dict[str, Kind]] = {
    "E00": Kind("unreadable", "look at the disk; then newsweir verify again"),
    "E01": Kind("line-sum", FROM_BACKUP),
    "E02": Kind("chain", FROM_BACKUP),
    "E03": Kind("lines-missing", FROM_BACKUP),
    "E04": Kind("line-out-of-order", FROM_BACKUP),
    "E05": Kind("frame", FROM_BACKUP),
    "E06": Kind("lost", FROM_BACKUP),
    "E07": Kind("no-record", "keep the file, and report it: newsweir wrote what it cannot read"),
    "E08": Kind("barren", FROM_BACKUP),
    "E11": Kind("manifest-missing", ALONE),
    "E12": Kind("manifest-unreadable", ALONE),
    "E13": Kind("file-digest", f"{ALONE} where every line proves itself, else {FROM_BACKUP}"),
    "E14": Kind("manifest-facts", ALONE),
    "E15": Kind("file-missing", FROM_BACKUP),
    "E21": Kind("blob-missing", FROM_BACKUP),
    "E22": Kind("blob-broken", FROM_BACKUP),
    "E23": Kind("pack-manifest-missing", ALONE),
    "E24": Kind("pack-manifest-unreadable", ALONE),
    "E25": Kind("pack-digest", f"{ALONE} where every blob unpacks, else {FROM_BACKUP}"),
    "E26": Kind("pack-manifest-facts", ALONE),
    "E31": Kind("store", FROM_BACKUP),
    "E32": Kind("description", "start newsweir once: it writes them anew"),
    "E33": Kind("stranger", "look at it, and move it elsewhere"),
    "E34": Kind("backup-record", "newsweir backup into it once more"),
}
"""Every code there is; docs/operations.md has the same table in more words."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is not as it was written.

    file           below the archive's folder
    place          journal or `blobs`, the file's name without its form, `+` and the offset
    offset         the byte at which it begins, in what is packed where the file is packed
    seq, through   the lines that it takes, where that can be told
    of_copy        it is in a backup, which is not mended but copied anew
    """

    code: str
    file: str
    what: str
    offset: int | None = None
    seq: int | None = None
    through: int | None = None
    of_copy: bool = False

    @property
    def place(self) -> str:
        """Where it is, whatever form the file has by now."""
        top, _, rest = self.file.partition("/")
        name = rest.rpartition("/")[2]
        for suffix in (".manifest.json", ".zst", ".jsonl", ".pack"):
            name = name.removesuffix(suffix)
        base = f"{top}/{name}" if name else self.file
        return base if self.offset is None else f"{base}+{self.offset}"

    @property
    def mend(self) -> str:
        """What to do about it."""
        mend = CODES[self.code].mend
        return OF_COPY if self.of_copy and mend.startswith(ALONE) else mend


@dataclass(slots=True)
class Report:
    """What reading everything again found.

    lines        good ones, by journal; `blobs` those that unpack; `bytes` read
    lost         lines that a hole stands for: no flaw of what is there, and yet a loss
    absent       digests of articles' own bytes that are not among the blobs
    last         the seq of each journal's last line, where that is known
    quarantine   files and bytes there
    of_copy      it is no archive at work that was read, but a copy of one; `backed_up` when it was whole
    """

    mode: str = "full"
    lines: dict[str, int] = field(default_factory=dict)
    blobs: int = 0
    bytes: int = 0
    flaws: list[Flaw] = field(default_factory=list)
    lost: list[Flaw] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    last: dict[str, int | None] = field(default_factory=dict)
    quarantine: tuple[int, int] = (0, 0)
    of_copy: bool = False
    backed_up: str | None = None

    @property
    def sound(self) -> bool:
        """Say whether all is as it was written, and nothing is lost."""
        return not self.flaws and not self.lost

    @property
    def readable(self) -> bool:
        """Say whether everything could be read."""
        return all(flaw.code != "E00" for flaw in self.flaws)
