"""data/feeds and a folder -> the same site there, and nothing of it that is published no more.

Read from the front page back to the articles, so that all to which a page leads is there when that
page was read; put the other way round, each file whole. A twin is put before its file, and one
that has not followed yet is left out, so that no server ever gives an old one. Nothing that
stands there is written again where it is the same.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from archive import faults
from feeds.errors import CommandError
from feeds.mirror.holding import Holding, make_folder, manifest_of, refuse
from feeds.mirror.plan import UNDER_WAY, Put, Seen, in_order, rank
from feeds.publish.shelf.twins import ENDINGS, unpacks_to

Told = Callable[[int, int], None]
_LOOKS, _MOMENT = 6, 0.3
"""How often it is looked whether anything changed; seconds for which twins that lag behind are waited for."""
_LEADS_ON = 2
"""The last rank of what feeds and front page lead to."""


@dataclass(slots=True)
class Mirrored:
    """What bringing a folder up came to.

    files       that are published there now; `written` of these are news, of so many `bytes`
    deleted     that were ours there, and are published no more
    left_out    that are published here alone
    in_the_way  paths at which something stands that is not ours: it was left
    """

    files: int = 0
    written: int = 0
    bytes: int = 0
    deleted: int = 0
    left_out: int = 0
    in_the_way: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Taken:
    """A file and its twins, as they are to stand.

    seen     of the originals, when they were read
    news     those that do not stand so yet: where a copy is staged, by path
    lags     a twin has not followed yet
    """

    base: str
    seen: dict[str, Seen] = field(default_factory=dict)
    puts: dict[str, Put] = field(default_factory=dict)
    news: dict[str, Path] = field(default_factory=dict)
    in_the_way: list[str] = field(default_factory=list)
    lags: bool = False


def published(folder: Path) -> dict[str, Seen]:
    """Return every file below *folder*, by its path."""
    found: dict[str, Seen] = {}
    waiting = [""]
    while waiting:
        head = waiting.pop()
        with contextlib.suppress(FileNotFoundError), os.scandir(folder / head) as entries:
            for entry in entries:
                path = f"{head}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{path}/")
                    continue
                with contextlib.suppress(FileNotFoundError):
                    about = entry.stat()
                    found[path] = Seen(about.st_size, about.st_mtime_ns, about.st_ino, about.st_ctime_ns)
    return found


class Mirror:
    """Brings one folder up to what is published.

    leave_out   says of a path that it is not for others
    pause       waits for so many seconds
    """

    def __init__(
        self,
        feeds: Path,
        dest: Path,
        store: str,
        *,
        leave_out: Callable[[str], bool] = lambda _: False,
        force: bool = False,
        told: Told = lambda _done, _of: None,
        pause: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._feeds = feeds
        self._dest = dest
        self._store = store
        self._leave_out = leave_out
        self._force = force
        self._told = told
        self._pause = pause
        self._before: dict[str, Put] = {}
        self._done = Mirrored()

    def run(self, *, dry: bool = False) -> Mirrored:
        """Do it, or (*dry*) only say what would be done. Raises CommandError."""
        try:
            refuse(self._feeds, self._dest, self._store, force=self._force)
            if dry:
                return self._go(None)
            holding = Holding(self._dest)
            try:
                return self._go(holding)
            finally:
                holding.release()
        except OSError as error:
            raise CommandError(
                f"{error.filename or self._dest}: {error.strerror}; what was put by then stays: run it again"
            ) from error

    def _go(self, holding: Holding | None) -> Mirrored:
        found = manifest_of(self._dest)
        self._before = dict(found.files) if found is not None else {}
        if found is None and holding is not None:  # Ours from now on, wherever this is cut.
            holding.note(self._store, {})
        taken = self._take(holding)
        if any(one.news for one in taken):
            now = self._wanted()  # Anew: what was taken back meanwhile is not to be put.
            taken = [one for one in taken if one.base in now]
        after = {path: put for one in taken for path, put in one.puts.items()}
        gone = [path for path in self._before if path not in after]
        done = self._done
        done.files = len(after)
        news = [path for one in taken for path in one.news]
        done.written, done.bytes = len(news), sum(after[path].size for path in news)
        done.in_the_way = [path for one in taken for path in one.in_the_way]
        if holding is None:
            done.deleted = sum(os.path.lexists(self._dest / path) for path in gone)
            return done
        if done.written or gone:  # Before it is there, so that it is known for ours.
            holding.note(self._store, {**self._before, **after, **dict.fromkeys(news, UNDER_WAY)})
        faults.at("mirror.noted")
        for one in taken:
            self._place(one)
        for path in sorted(gone, key=rank, reverse=True):
            self._delete(path)
        holding.note(self._store, after)
        return done

    def _wanted(self) -> dict[str, Seen]:
        found = published(self._feeds)
        if "index.html" not in found:
            raise CommandError(f"{self._feeds}: nothing is published there yet (newsweir once)")
        wanted = {path: seen for path, seen in found.items() if not self._leave_out(path)}
        self._done.left_out = len(found) - len(wanted)
        return wanted

    def _take(self, holding: Holding | None) -> list[_Taken]:
        """Take every file that is news, the front page first; return all in the order in which they are put.

        It is looked again until nothing changes under our hands. Where that never comes, the last
        look takes no feed and no front page any more, only what those lead to that were taken.
        """
        fresh: dict[str, _Taken] = {}
        for look in range(_LOOKS):
            last = look + 1 == _LOOKS
            found = self._wanted()
            news = [one for one in in_order(found) if not self._is_taken(fresh, *one, found)]
            if not news:
                break
            if look and all(one in fresh and fresh[one].lags for one, _ in news):
                self._pause(_MOMENT)  # For twins alone.
            size = sum(found[path].size for base, twins in news for path in (base, *twins))
            done = 0
            for base, twins in reversed(news):
                if last and look and rank(base) > _LEADS_ON:
                    continue
                fresh[base] = self._read(base, twins, holding)
                done += sum(found[path].size for path in (base, *twins))
                self._told(done, size)
        return [fresh.get(base) or self._as_before(base) for base, _ in in_order(found)]

    def _as_before(self, base: str) -> _Taken:
        """Return a file and its twins as they were put; it need not be taken, or has changed just now."""
        paths = (base, *(f"{base}{end}" for end in ENDINGS))
        return _Taken(base, puts={path: self._before[path] for path in paths if path in self._before})

    def _is_taken(
        self, fresh: dict[str, _Taken], base: str, twins: list[str], found: dict[str, Seen]
    ) -> bool:
        """Say whether a file and its twins were taken as they are now, or need not be."""
        if (known := fresh.get(base)) is None:
            return self._is_same(base, twins, found)
        return bool(known.in_the_way) or (
            not known.lags and known.seen == {path: found[path] for path in (base, *twins)}
        )

    def _is_same(self, base: str, twins: list[str], found: dict[str, Seen]) -> bool:
        """Say whether file and twins are as they were when they were put, here and there."""
        before = {path for path in (base, *(f"{base}{end}" for end in ENDINGS)) if path in self._before}
        return before == {base, *twins} and all(
            found[path].is_of(self._before[path]) and self._stands(path, self._before[path])
            for path in before
        )

    def _stands(self, path: str, put: Put) -> bool:
        try:
            about = (self._dest / path).lstat()
        except OSError:
            return False
        return (about.st_size, about.st_mtime_ns) == (put.size, put.mtime_ns)

    def _read(self, base: str, twins: list[str], holding: Holding | None) -> _Taken:
        """Take a file, and the twins that have followed it; nothing where it was taken away meanwhile."""
        taken = _Taken(base)
        whole = self._open(base)
        if whole is None or not self._hold(taken, base, *whole, holding):
            return taken
        for path in twins:
            twin = self._open(path)
            if twin is None or not unpacks_to(whole[0], twin[0], path[len(base) :]):
                taken.lags = True
            else:
                self._hold(taken, path, *twin, holding)
        return taken

    def _open(self, path: str) -> tuple[bytes, Seen] | None:
        """Return the bytes of one published file, and what the disk tells of these very bytes."""
        try:
            with (self._feeds / path).open("rb") as stream:  # One that takes its place meanwhile is another.
                body, about = stream.read(), os.fstat(stream.fileno())
        except FileNotFoundError:
            return None
        return body, Seen(len(body), about.st_mtime_ns, about.st_ino, about.st_ctime_ns)

    def _hold(self, taken: _Taken, path: str, body: bytes, seen: Seen, holding: Holding | None) -> bool:
        """Note how a file is to stand, and stage it where it does not stand so; False where it is not ours to put."""
        taken.seen[path] = seen
        digest = hashlib.sha256(body).hexdigest()
        put = Put(digest, seen.size, seen.mtime_ns, seen.inode, seen.ctime_ns)
        before = self._before.get(path)
        if self._is_blocked(path) or (before is None and not self._force and self._is_others(path, digest)):
            taken.in_the_way.append(path)
            return False
        taken.puts[path] = put
        if before is None or before.sha256 != digest or not self._stands(path, put):
            taken.news[path] = self._staged(path, body, seen.mtime_ns, holding)
        return True

    def _staged(self, path: str, body: bytes, mtime_ns: int, holding: Holding | None) -> Path:
        if holding is None:
            return Path()
        staged = holding.staging / hashlib.sha256(path.encode()).hexdigest()
        staged.parent.mkdir(mode=0o700, exist_ok=True)
        staged.write_bytes(body)
        staged.chmod(0o644)  # Whatever our umask is: it is put there to be read.
        os.utime(staged, ns=(mtime_ns, mtime_ns))
        return staged

    def _is_blocked(self, path: str) -> bool:
        """Say whether a folder stands where a file belongs, or a file where a folder does: nobody's are taken away."""
        there = self._dest / path
        above = next(one for one in there.parents if os.path.lexists(one))
        return not above.is_dir() or (there.is_dir() and not there.is_symlink())

    def _is_others(self, path: str, digest: str) -> bool:
        there = self._dest / path
        if not os.path.lexists(there):
            return False
        return not (there.is_file() and hashlib.sha256(there.read_bytes()).hexdigest() == digest)

    def _place(self, taken: _Taken) -> None:
        """Put a file in its place, its twins before it; a twin that it has no more goes first."""
        if taken.base in taken.news:
            for path in (f"{taken.base}{end}" for end in ENDINGS):
                if path in self._before and path not in taken.puts:
                    self._delete(path)
        for path in sorted(taken.news, reverse=True):  # A twin's name is longer than its file's.
            there = self._dest / path
            make_folder(there.parent)
            faults.at("mirror.place")
            taken.news[path].replace(there)

    def _delete(self, path: str) -> None:
        there = self._dest / path
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            there.unlink()
            self._done.deleted += 1
        for folder in there.parents:
            if folder == self._dest:
                break
            try:
                folder.rmdir()
            except OSError:
                break
