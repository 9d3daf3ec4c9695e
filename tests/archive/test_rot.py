"""Rot in a journal takes the line it meets, and no other: also where a crash meets it."""

import shutil
from pathlib import Path

import pytest

from archive import Backup, connect, verify
from archive.disk.journal import DiskJournal
from archive.disk.seekable import Packer
from tests.builders import TurnedClock, draft, lorem, showing
from tests.world import tree

HOLE = b'{"kind":"hole"}'


def body(number: int) -> bytes:
    return b'{"n":%d,"text":"%s"}' % (number, b"x" * 40)


class Days:
    """A journal of some days, each with so many lines, closed."""

    def __init__(self, folder: Path, *sizes: int) -> None:
        self.folder = folder
        self.clock = TurnedClock()
        self.places: dict[int, str] = {}
        journal = self.open()
        for size in sizes:
            start = journal.last
            for line in journal.append([body(start + n) for n in range(1, size + 1)]):
                self.places[line.seq] = line.place
            self.clock.advance(days=1)
        self.clock.advance(days=-1)
        journal.close()

    def open(self) -> DiskJournal:
        return DiskJournal(self.folder / "articles", now=self.clock.now)

    def path(self, seq: int) -> tuple[Path, int]:
        name, _, offset = self.places[seq].partition("+")
        return self.folder / "articles" / name[:4] / f"{name}.jsonl", int(offset)

    def flip(self, seq: int, at: int = 150, bit: int = 1) -> None:
        """Flip a bit of a line; -1 is its line feed."""
        path, offset = self.path(seq)
        data = bytearray(path.read_bytes())
        place = data.index(b"\n", offset) if at == -1 else offset + at
        data[place] ^= bit
        path.write_bytes(data)


def numbers(journal: DiskJournal) -> list[tuple[int, bytes]]:
    return [(line.seq, line.body) for line in journal.since(0, 10_000)]


@pytest.mark.parametrize("seq", [1, 4, 5, 8])
@pytest.mark.parametrize(("at", "bit"), [(18, 8), (22, 1), (3, 1), (60, 1), (150, 1), (-1, 1)], ids=str)
def test_rot_in_a_closed_segment_takes_one_line_and_moves_none(
    tmp_path: Path, seq: int, at: int, bit: int
) -> None:
    days = Days(tmp_path, 4, 4, 4)
    days.flip(seq, at, bit)
    before = tree(tmp_path)
    journal = days.open()
    assert not any(journal.recovered().values())
    assert tree(tmp_path) == before
    proven = at == -1  # Its sum tells that the line feed was one.
    assert numbers(journal) == [(n, body(n)) for n in range(1, 13) if proven or n != seq]
    for line in journal.since(0, 100):
        assert journal.at(line.place, line.seq) == line
    assert [line.seq for line in journal.since(seq - 1, 100)] == list(range(seq if proven else seq + 1, 13))
    assert [line.seq for line in journal.since(seq, 1)] == [seq + 1]
    assert journal.append([body(13)])[0].seq == 13
    journal.close()


@pytest.mark.parametrize("seq", [1, 2, 4])
@pytest.mark.parametrize("byte", [b"\x0b", b"\x00", b"}"], ids=str)
def test_a_line_of_which_only_the_line_feed_rotted_is_kept(tmp_path: Path, seq: int, byte: bytes) -> None:
    days = Days(tmp_path, 4)
    path, offset = days.path(seq)
    data = bytearray(path.read_bytes())
    data[data.index(b"\n", offset)] = byte[0]
    path.write_bytes(data)
    journal = days.open()
    assert journal.recovered() == {"parked": len(data) - offset, "salvaged": 5 - seq, "holes": 0}
    assert numbers(journal) == [(n, body(n)) for n in range(1, 5)]
    assert [line.seq for line in journal.append([body(5)])] == [5]
    journal.close()


def test_a_line_feed_that_rots_before_its_segment_is_sealed_takes_no_line(tmp_path: Path) -> None:
    """Also the last of the journal, whose seq the manifest tells to whoever goes on."""
    days = Days(tmp_path, 4, 4)
    journal = days.open()
    days.clock.advance(days=3)
    for seq in (4, 6, 8):
        days.flip(seq, -1)
    assert journal.seal() == 2
    assert [journal.at(days.places[n], n).seq for n in range(1, 9)] == list(range(1, 9))
    journal.close()
    again = days.open()
    assert numbers(again) == [(n, body(n)) for n in range(1, 9)]
    assert [line.seq for line in again.append([body(9)])] == [9]
    again.close()


@pytest.mark.parametrize("cut", ["nothing", "the rotten segment"])
def test_rot_at_the_head_of_a_compacted_journal_takes_one_line(tmp_path: Path, cut: str) -> None:
    """Nothing stands before it that says which seqs it holds; and a crash may come while it is mended."""
    folder = tmp_path / "state"
    clock = TurnedClock()

    def opened() -> DiskJournal:
        return DiskJournal(folder, now=clock.now, compacts=True)

    journal = opened()
    for _ in range(40):
        journal.append([body(n) for n in range(50)])
    living = journal.compact([body(n) for n in range(5)])
    journal.close()
    (path,) = folder.glob("*/*.jsonl")
    rotten = bytearray(path.read_bytes())
    rotten[150] ^= 1
    path.write_bytes(rotten)
    journal = opened()
    if cut == "the rotten segment":
        journal.close()
        (salvaged,) = folder.glob("*/*.jsonl")
        salvaged.rename(salvaged.with_name(salvaged.name + ".salvage"))
        journal = opened()
    assert journal.last == living[-1].seq + 1
    kept = [(line.seq, line.body) for line in journal.since(0, 100) if line.body != HOLE]
    assert kept[:-1] == [(line.seq, line.body) for line in living]
    assert [line.seq for line in journal.append([body(9)])] == [living[-1].seq + 2]
    journal.close()


@pytest.mark.parametrize("cut", [0, 20, 90, 130])
def test_rot_in_the_segment_before_a_torn_one_gives_no_seq_twice(tmp_path: Path, cut: int) -> None:
    days = Days(tmp_path, 10, 1)
    days.flip(5)
    path, _ = days.path(11)
    path.write_bytes(path.read_bytes()[:cut])
    journal = days.open()
    assert journal.last == 10
    assert numbers(journal) == [(n, body(n) if n != 5 else HOLE) for n in range(1, 11)]
    assert [line.seq for line in journal.append([body(11), body(12)])] == [11, 12]
    journal.close()
    again = days.open()
    assert numbers(again) == [(n, body(n) if n != 5 else HOLE) for n in range(1, 13)]
    assert not any(again.recovered().values())
    again.close()


def test_a_crash_at_any_step_of_a_salvage_from_two_segments_is_recovered_from(tmp_path: Path) -> None:
    days = Days(tmp_path / "made", 6, 2)
    days.flip(3)
    days.flip(7)
    (first, _), (second, _) = days.path(3), days.path(7)
    rotten = {path.name: path.read_bytes() for path in (first, second)}
    days.open().close()
    cut = first.read_bytes()
    assert not second.exists()
    (salvage,) = [path for path in first.parent.glob("*.jsonl") if path != first]
    held = {salvage.name + ".salvage": salvage.read_bytes()}
    states = {
        "nothing cut": {**rotten, **held},
        "the older cut": {first.name: cut, second.name: rotten[second.name], **held},
        "the younger cut": {first.name: rotten[first.name], **held},
        "both cut": {first.name: cut, **held},
        "half held back": {**rotten, salvage.name + ".salvage": salvage.read_bytes()[:-40]},
        "held back without a line": {
            **rotten,
            salvage.name + ".salvage": b"".join(salvage.read_bytes().splitlines(True)[:-1]),
        },
    }
    for name, files in states.items():
        folder = tmp_path / name / "articles" / first.parent.name
        folder.mkdir(parents=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        journal = DiskJournal(folder.parent, now=days.clock.now)
        found = [(n, HOLE if n in {3, 7} else body(n)) for n in range(1, 9)]
        assert numbers(journal) == found, name
        assert journal.append([body(9)])[0].seq == 9
        journal.close()
        again = DiskJournal(folder.parent, now=days.clock.now)
        assert numbers(again) == [*found, (9, body(9))], name
        again.close()


def test_a_segment_in_which_nothing_is_left_is_parked_whole(tmp_path: Path) -> None:
    days = Days(tmp_path, 3, 1)
    days.flip(4)
    path, _ = days.path(4)
    rotten = path.read_bytes()
    journal = days.open()
    assert journal.last == 3
    assert [one.read_bytes() for one in (tmp_path / "quarantine").rglob("*") if one.is_file()] == [rotten]
    assert journal.append([body(4)])[0].seq == 4
    journal.close()


class Killed(BaseException):
    """The end of the process, as far as the journal can tell."""


def test_what_has_an_index_of_moved_lines_hears_of_it_before_they_move(tmp_path: Path) -> None:
    days = Days(tmp_path, 5)
    days.flip(3)
    path, _ = days.path(3)
    before = path.read_bytes()

    def killed() -> None:
        raise Killed

    for _ in range(2):
        with pytest.raises(Killed):
            DiskJournal(tmp_path / "articles", now=days.clock.now, moving=killed)
        assert path.read_bytes() == before, "nothing has moved yet"
    heard: list[int] = []
    journal = DiskJournal(tmp_path / "articles", now=days.clock.now, moving=lambda: heard.append(1))
    assert [line.seq for line in journal.since(0, 10)] == [1, 2, 3, 4, 5]
    assert heard == [1]
    journal.close()
    newest = max(path.parent.glob("*.jsonl"))
    newest.write_bytes(newest.read_bytes() + before[:50])  # A torn tail moves nothing.
    DiskJournal(tmp_path / "articles", now=days.clock.now, moving=lambda: heard.append(2)).close()
    assert heard == [1]


def test_a_crash_while_lines_move_leaves_no_wrong_place_in_the_index(tmp_path: Path) -> None:
    archive = connect(tmp_path, now=TurnedClock().now, linger=0.0)
    ids = [
        one.id
        for (one,) in archive.keep([showing(draft(f"g{n}", f"T {n}", lorem(f"x{n}"))) for n in range(10)])
    ]
    place = int(archive.line(ids[4]).place.partition("+")[2])
    archive.close()
    (path,) = (tmp_path / "archive/articles").glob("*/*.jsonl")
    data = bytearray(path.read_bytes())
    data[place + 400] ^= 1
    path.write_bytes(data)
    (tmp_path / "copy").mkdir()
    shutil.copytree(tmp_path / "archive", tmp_path / "copy/archive")
    connect(tmp_path / "copy", now=TurnedClock().now).close()  # The same salvage, seen from outside:
    shutil.rmtree(path.parent)
    shutil.copytree(tmp_path / "copy/archive/articles" / path.parent.name, path.parent)
    (salvage,) = [one for one in path.parent.glob("*.jsonl") if one.name != path.name]
    salvage.rename(f"{salvage}.salvage")  # killed behind the cut, before the new segment had its name
    archive = connect(tmp_path, now=TurnedClock().now, linger=0.0)
    assert [archive.get(one).title for one in ids if archive.card(one)] == [
        f"T {n}" for n in range(10) if n != 4
    ]
    archive.close()


@pytest.mark.parametrize(("at", "bit"), [(18, 8), (3, 1)])
def test_rot_at_the_head_of_an_old_segment_hides_one_article(tmp_path: Path, at: int, bit: int) -> None:
    clock = TurnedClock()
    archive = connect(tmp_path, now=clock.now, linger=0.0)
    shown = [
        [showing(draft(f"g{day}-{n}", f"T{day} {n}", lorem(f"x{day}y{n}"))) for n in range(20)]
        for day in range(3)
    ]
    ids = []
    for entries in shown:
        ids += [one.id for (one,) in archive.keep(entries)]
        clock.advance(days=1)
    archive.close()
    first = min((tmp_path / "archive/articles").glob("*/*.jsonl"))
    data = bytearray(first.read_bytes())
    data[at] ^= bit
    first.write_bytes(data)
    shutil.rmtree(tmp_path / "index")
    archive = connect(tmp_path, now=clock.now, linger=0.0)
    assert [one for one in ids if archive.card(one) is None] == ids[:1]
    again = [one for entries in shown for one in archive.keep(entries)]
    assert [one.status for (one,) in again] == ["new"] + ["same"] * 59
    assert [one.id for (one,) in again] == ids
    archive.close()
    assert [flaw.place for flaw in verify(tmp_path).flaws][:1] == [f"articles/{first.stem}+0"]


@pytest.mark.parametrize("behind", [0, 2])
@pytest.mark.parametrize("spoiled", ["head", "midst"])
def test_what_a_power_loss_took_from_the_midst_of_a_pack_is_nobodys(
    tmp_path: Path, spoiled: str, behind: int
) -> None:
    """Of what was written and not synced any sector may be lost: those behind it stand."""
    clock = TurnedClock()
    data = tmp_path / "data"
    archive = connect(data, now=clock.now, linger=0)
    archive.keep([showing(draft("a", "A", raw=b"the bytes of a" * 40))])
    archive.close()
    (pack,) = (data / "archive/blobs").glob("*/*.pack")
    pack_one = Packer(3).pack
    lost = bytearray(pack_one(bytes(range(256)) * 8))
    lost[{"head": 0, "midst": len(lost) // 2}[spoiled]] ^= 0x55
    pack.write_bytes(pack.read_bytes() + lost + b"".join(pack_one(b"%d" % n * 99) for n in range(behind)))
    for _ in range(2):
        archive = connect(data, now=clock.now, linger=0)
        ((kept,),) = archive.keep([showing(draft("b", "B", lorem("b"), raw=b"the bytes of b"))])
        assert archive.get(kept.id).title == "B"
        archive.close()
    assert verify(data).flaws == []
    backup = Backup(data, tmp_path / "backup")
    with backup.begun():
        copied = backup.go()
    assert (copied.flaws, copied.ahead) == ([], [])
    assert verify(tmp_path / "backup").lost == []
    archive = connect(data, now=clock.now, linger=0)
    for card in archive.newest(9):
        raw = archive.get(card.id).archive.raw
        assert raw is not None
        assert (archive.blob(raw.sha256) or b"").startswith(b"the bytes of")
    archive.close()
