"""A real web server on loopback: programmable pages, and a log of every request."""

import http.server
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import format_datetime

from feeds.clock import Clock


@dataclass
class Page:
    """What one path answers.

    drip   seconds between two bytes of the body
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: str | None = None
    drip: float = 0.0


@dataclass(frozen=True)
class Asked:
    """One request that came in."""

    path: str
    headers: dict[str, str]
    at: float

    @property
    def conditional(self) -> bool:
        return "if-none-match" in self.headers or "if-modified-since" in self.headers


class Site:
    """`with Site(clock) as site: site.pages["/feed"] = Page(b"…")`."""

    def __init__(self, clock: Clock | None = None, host: str = "127.0.0.1") -> None:
        self.pages: dict[str, Page | Callable[[Asked], Page]] = {}
        self.asked: list[Asked] = []
        self._clock = clock
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                site._answer(self)

            def log_message(self, *args: object) -> None:
                pass

            def date_time_string(self, timestamp: float | None = None) -> str:
                if site._clock is None:
                    return super().date_time_string(timestamp)
                return format_datetime(site._clock.now(), usegmt=True)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *args: object) -> None:
                pass

        self._server = Server((host, 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{self._server.server_address[0]}:{self._server.server_port}"

    def __enter__(self) -> "Site":
        return self

    def __exit__(self, *args: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def asked_for(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.path == path]

    def _answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.path, headers, time.monotonic())
        self.asked.append(asked)
        page = self.pages.get(handler.path, Page(b"no such page", 404))
        if callable(page):
            page = page(asked)
        found = dict(page.headers)
        if page.etag:
            found["ETag"] = page.etag
        if page.last_modified:
            found["Last-Modified"] = page.last_modified
        same_tag = page.etag is not None and headers.get("if-none-match") == page.etag
        same_date = page.last_modified is not None and headers.get("if-modified-since") == page.last_modified
        unchanged = page.status == 200 and (same_tag or (page.etag is None and same_date))
        body = b"" if unchanged else page.body
        handler.send_response(304 if unchanged else page.status)
        for name, value in found.items():
            handler.send_header(name, value)
        if not unchanged and "Content-Length" not in found:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        try:
            self._send(handler, body, page.drip)
        except OSError:
            handler.close_connection = True

    def _send(self, handler: http.server.BaseHTTPRequestHandler, body: bytes, drip: float) -> None:
        if not drip:
            handler.wfile.write(body)
            return
        for at in range(len(body)):
            handler.wfile.write(body[at : at + 1])
            handler.wfile.flush()
            time.sleep(drip)
