import json
import random

from hypothesis import given
from hypothesis import strategies as st

from archive.disk.frame import GENESIS, SHORTEST, frame, lines_within, unframe

BODIES = st.dictionaries(
    st.text(min_size=1, max_size=8).filter("_store".__ne__), st.text(max_size=30), min_size=1, max_size=4
)


@given(st.integers(1, 10**12 - 1), BODIES)
def test_a_line_comes_back_as_it_was(seq: int, body: dict[str, str]) -> None:
    data, total = frame(seq, GENESIS, json.dumps(body).encode())
    line = unframe(data)
    assert line is not None
    assert (line.seq, line.total, line.prev, json.loads(line.body), line.size) == (
        seq,
        total,
        GENESIS,
        body,
        len(data),
    )
    assert json.loads(data)["_store"] == {"seq": f"{seq:012d}", "sum": total, "prev": GENESIS}
    assert len(data) >= SHORTEST


def test_the_sum_can_be_checked_with_a_dozen_characters_of_any_language() -> None:
    import hashlib

    data, total = frame(7, "a" * 64, b'{"x":1}')
    digits, rest = data[18:30], data[104:]
    assert rest.startswith(b',"prev":"aaaa')
    assert hashlib.sha256(digits + rest).hexdigest() == total


def test_no_flipped_bit_goes_unseen() -> None:
    data, _ = frame(42, GENESIS, b'{"title":"Kabul","n":17}')
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            assert unframe(bytes(flipped)) is None


def test_no_shortened_line_passes() -> None:
    data, _ = frame(42, GENESIS, b'{"title":"Kabul"}')
    assert all(unframe(data[:size]) is None for size in range(len(data)))


def test_good_lines_are_found_amid_rubbish() -> None:
    chance = random.Random(1)
    lines = [frame(seq, GENESIS, b'{"n":%d}' % seq)[0] for seq in range(1, 6)]
    blob = (
        b"\0" * 100
        + lines[0]
        + chance.randbytes(300)
        + lines[1][:80]
        + lines[2]
        + b"\n"
        + lines[4][50:]
        + lines[3]
    )
    found = list(lines_within(blob))
    assert [line.seq for _, line in found] == [1, 3, 4]
    assert [blob[at : at + line.size] for at, line in found] == [lines[0], lines[2], lines[3]]
