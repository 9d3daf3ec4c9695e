"""Answers over HTTP: starlette for the protocol, uvicorn in a thread of its own."""

import asyncio
import logging
import re
import socket
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import uvicorn
from starlette.requests import Request as Received
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from feeds import events
from feeds.settings import Network
from feeds.web.answer import Answers
from feeds.web.callers import Address, caller
from feeds.web.files import Request
from feeds.web.listening import address
from feeds.web.patience import PatientProtocol
from feeds.web.replies import Reply

LOOKING, WAITING = 2, 8
"""Questions to the archive that are looked into at once, and those that may wait for it."""
PIECE = 65_536
"""Bytes of an answer that are handed on at once: of who takes it slowly no more waits in memory than two of these."""
_AUTHORITY = re.compile(rb"\Ahttps?://[^/]*", re.IGNORECASE)
"""What stands before the path where a whole address is asked for, as of a proxy (RFC 9112, 3.2.2)."""


class WebServer:
    """The embedded server; its own thread, its own event loop.

    trusted   networks of proxies whose word on a reader's address counts
    """

    def __init__(self, answers: Answers, *socks: socket.socket, trusted: Sequence[Network] = ()) -> None:
        # It has a line for each stranger's odd request, and tracebacks for readers that we leave at a stop.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
        self._socks = socks
        self._room = _Room(answers)
        config = uvicorn.Config(
            _Door(self._room, trusted),
            log_config=None,
            access_log=False,
            http=PatientProtocol,
            ws="none",
            lifespan="off",
            server_header=False,
            proxy_headers=False,  # Whom to believe about a reader's address is ours to say.
            timeout_graceful_shutdown=2,
            timeout_keep_alive=15,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    @property
    def answers_already(self) -> bool:
        """Whether it was started."""
        return self._thread.is_alive()

    def turn_to(self, answers: Answers) -> None:
        """Let other *answers* be given from now on; nobody's connection is dropped."""
        self._room.answers = answers

    @property
    def addresses(self) -> list[str]:
        """The addresses at which it can be asked."""
        return [address(sock) for sock in self._socks]

    def start(self) -> None:
        """Begin to answer; return when the server does."""
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            threading.Event().wait(0.01)

    def stop(self) -> None:
        """Finish what is being answered, then end."""
        self._server.should_exit = True
        self._room.close()
        self._thread.join(4)
        for sock in self._socks:
            sock.close()

    async def _serve(self) -> None:
        # asyncio tells of each connection that it cannot take, thousands of times a second.
        asyncio.get_running_loop().set_exception_handler(_note)
        await self._server.serve(sockets=list(self._socks))
        for connection in list(
            self._server.server_state.connections
        ):  # Of readers that were too slow for that.
            connection.transport.abort()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - the thread's last word
            events.bug("stopped", error, what="web server")


def _note(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    events.once("refused", what="connection", why=context.get("exception") or context.get("message"))


class _Room:
    """Where questions to the archive are looked into, a few at a time, while everything else is answered at once."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self._inside = 0  # Only the event loop counts.
        self._pool = ThreadPoolExecutor(LOOKING, thread_name_prefix="search")

    async def answer(self, asked: Request) -> Reply:
        """Return the reply, from a thread of its own where it may take long."""
        answers = self.answers
        if not answers.slow(asked.target):
            return answers.answer(asked)
        if self._inside >= LOOKING + WAITING:
            return answers.busy(asked.target)
        self._inside += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, answers.answer, asked)
        finally:
            self._inside -= 1

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Door:
    """The application: each request as it was sent, each reply as it is given."""

    def __init__(self, room: _Room, trusted: Sequence[Network]) -> None:
        self._room = room
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _asked(Received(scope), self._trusted)
        try:
            reply = await self._room.answer(asked)
        except Exception as error:  # noqa: BLE001 - a reader gets a status, the owner the traceback
            events.bug("broke", error, what="answer", path=scope["path"])
            reply = self._room.answers.broken(asked.target)
        try:
            await _hand_out(reply, send, head=asked.method == "HEAD")
        except Exception as error:
            events.bug("broke", error, what="reply", path=scope["path"])
            raise


async def _hand_out(reply: Reply, send: Send, *, head: bool) -> None:
    """Send a reply at its reader's pace: what is handed on waits in memory until it is taken."""
    whole = Response(reply.body, status_code=reply.status, headers=dict(reply.headers))
    await send({"type": "http.response.start", "status": reply.status, "headers": whole.raw_headers})
    last = 0 if head else max(0, len(reply.body) - 1) // PIECE
    for number in range(last + 1):
        piece = reply.body[number * PIECE : (number + 1) * PIECE]
        await send({"type": "http.response.body", "body": piece, "more_body": number < last})


def _asked(received: Received, trusted: Sequence[Network]) -> Request:
    """Return a request: its path as it was sent, for decoding is the answer's own business."""
    scope = received.scope
    path = _AUTHORITY.sub(b"", scope["raw_path"], count=1)
    query = scope.get("query_string", b"")
    target = (path.split(b"?", 1)[0] or b"/") + (b"?" + query if query else b"")
    headers: dict[str, str] = {}
    for name, value in received.headers.items():  # A list may come in several lines (RFC 9110, 5.3).
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request(
        target.decode("ascii", "replace"),
        headers,
        received.method,
        _caller(received, headers, trusted),
        datetime.now(UTC),
    )


def _caller(received: Received, headers: Mapping[str, str], trusted: Sequence[Network]) -> Address | None:
    """Return who asks. A client that is gone already has no address, and is no proxy for that."""
    peer = received.client.host if received.client is not None else None
    _, port = received.scope.get("server") or (None, None)
    return caller(peer, headers, trusted) if peer is not None or port is None else None
