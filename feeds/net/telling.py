"""What broke an exchange -> a sentence for the owner, with the mend."""

import contextlib
import ssl
from datetime import timedelta
from urllib.parse import urlsplit

import requests
import urllib3

from feeds.errors import FetchError, PutOff, Stopped
from feeds.net.watchdog import LEAST_RATE, Exchange


def told(error: BaseException, url: str, deadline: timedelta, exchange: Exchange) -> FetchError:
    """Return *error* as a sentence for the owner."""
    if exchange.cut_off or isinstance(error, requests.Timeout | TimeoutError):
        return _cut(exchange, deadline)
    for cause in _causes(error):
        if isinstance(cause, FetchError):
            return cause
        if isinstance(cause, urllib3.exceptions.NameResolutionError):
            return FetchError(
                f"no address is known for {_asked(cause, url)} (is the name right, is the network up?)"
            )
        if isinstance(cause, ssl.SSLCertVerificationError):
            return FetchError(f"its certificate is not to be trusted: {cause.verify_message}")
        if isinstance(cause, ConnectionRefusedError):
            return FetchError("refused the connection (is the server up, is the port right?)")
        if isinstance(cause, urllib3.exceptions.DecodeError):
            return FetchError("sent a body that does not unpack as its Content-Encoding says")
    last = _causes(error)[-1]
    return FetchError(f"the connection failed: {type(last).__name__}: {last}")


def _asked(error: urllib3.exceptions.NameResolutionError, url: str) -> str:
    """Return the host that was looked up: the one of *url* as it is written there, or where a redirect led."""
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(UnicodeError):
        if host.encode("idna").decode() == error.conn.host:
            return host
    return str(error.conn.host)


def _cut(exchange: Exchange, deadline: timedelta) -> FetchError:
    if exchange.stopped:
        return Stopped("stopped while it was under way")
    if exchange.put_off:
        return PutOff("kept others waiting, and is asked again among the slow ones")
    if exchange.slow and not exchange.late:
        return FetchError(f"sends less than {LEAST_RATE} bytes a second", limit=True)
    return FetchError(f"was not done after {deadline.total_seconds():g} s (fetch.deadline)", limit=True)


def _causes(error: BaseException) -> list[BaseException]:
    """Return *error* and all that led to it, the first cause last."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [one.__cause__, getattr(one, "reason", None), *one.args]
    return found
