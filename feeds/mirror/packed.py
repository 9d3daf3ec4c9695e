"""A file and an encoded twin of it -> whether the one unpacks to the other. Pure."""

import gzip
import zlib

import brotli
from backports import zstd


def unpacks_to(body: bytes, twin: bytes, ending: str) -> bool:
    """Say whether *twin*, by the ending of its name, says the same as *body*: one that lags behind does not."""
    try:
        if ending == ".gz":
            return gzip.decompress(twin) == body
        if ending == ".br":
            return bool(brotli.decompress(twin) == body)
        return zstd.decompress(twin) == body
    except (OSError, EOFError, zlib.error, brotli.error, zstd.ZstdError):
        return False
