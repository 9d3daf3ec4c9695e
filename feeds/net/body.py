"""An answer's body as it comes over the wire, packed or not -> its bytes, bounded, and whether that is all of it."""

import urllib3
from urllib3.exceptions import ProtocolError
from urllib3.response import GzipDecoderState

from feeds.errors import FetchError

_CHUNK = 64 * 1024
_SWALLOWS = GzipDecoderState.SWALLOW_DATA
_MOST_ENCODINGS = 2


def read(raw: urllib3.HTTPResponse, most: int) -> tuple[bytes, bool]:
    """Return up to *most* bytes of the decoded body, and whether there was or should be more."""
    packed = _packed(raw)
    if len(packed) > _MOST_ENCODINGS:
        raise FetchError(f"sent a body that is packed {len(packed)} times over", limit=True)
    if packed:  # urllib3 takes an empty word, and `identity`, for one more packing.
        raw.headers["content-encoding"] = ", ".join(packed)
    chunks: list[bytes] = []
    size = 0
    raw.enforce_content_length = False  # What came counts, also where less came than was said.
    try:
        for chunk in raw.stream(_CHUNK, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > most:
                raw.close()
                return b"".join(chunks)[:most], True
    except ProtocolError:
        if not chunks:
            raise
        return b"".join(chunks), True
    return b"".join(chunks), bool(raw.length_remaining) or not _unpacked_whole(raw)


def _packed(raw: urllib3.HTTPResponse) -> list[str]:
    """Return how the body says that it is packed, without what says nothing."""
    words = (one.strip() for one in raw.headers.get("content-encoding", "").lower().split(","))
    return [one for one in words if one not in {"", "identity"}]


def _unpacked_whole(raw: urllib3.BaseHTTPResponse) -> bool:
    """Say whether what was packed came to its own end: without a length nothing else tells.

    urllib3 asks this of zstd alone, and takes half a gzip stream for a whole one;
    it has no public way to ask, so its decoders are looked at.
    """
    decoder = getattr(raw, "_decoder", None)
    for one in getattr(decoder, "_decoders", [decoder]):
        stream = getattr(one, "_obj", None)
        junk_behind = getattr(one, "_state", 0) == _SWALLOWS  # Of gzip: the whole of it came before.
        if getattr(stream, "eof", None) is False and not junk_behind:
            return False
        finished = getattr(stream, "is_finished", None)  # Of brotli.
        if finished is not None and not finished():
            return False
    return True
