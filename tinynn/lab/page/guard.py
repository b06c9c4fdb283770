"""Who is let in: whoever asks for this machine by its name, knows the word, and comes from the page itself.

The name matters because of DNS rebinding: a page of evil.example whose name is made to mean 127.0.0.1 is of
one origin with whatever answers there, so that its scripts may read the answers. It cannot change the Host
that its browser sends.
"""

from __future__ import annotations

from typing import Any

from bokeh.protocol.exceptions import ProtocolError
from bokeh.server.tornado import BokehTornado
from bokeh.server.views.ws import WSHandler
from bokeh.util.token import get_session_id
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler

NAMES = "127.0.0.1", "localhost"
STRANGER = "tinynn lab: this is no name of the page; open the address that `tinynn lab` printed\n"
WORDLESS = "tinynn lab: this address lacks the word that `tinynn lab` printed; open that address\n"
NOTHING = "tinynn lab: nothing is here; open the address that `tinynn lab` printed\n"
BAD_HANDSHAKE = 1002  # RFC 6455, 7.4.1: protocol error


class Answer(RequestHandler):
    """One sentence, by any method."""

    def initialize(self, status: int, text: str) -> None:
        self.status, self.text = status, text

    def prepare(self) -> None:
        self.set_status(self.status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(self.text)


class Socket(WSHandler):  # type: ignore[misc]
    """The connection of the page, and of nothing else."""

    def check_origin(self, origin: str) -> bool:
        """Whether a page served here asks."""
        return origin.lower().removeprefix("http://") in self.application.hosts

    def open(self) -> None:
        """Begin, if what Bokeh reads out of the handshake can be read."""
        try:
            get_session_id(self._token or "")
            super().open()
        except (ProtocolError, ValueError, TypeError, LookupError):
            self.close(BAD_HANDSHAKE)


class Guarded(BokehTornado):  # type: ignore[misc]
    """Bokeh's application behind these doors; it writes no log of what is asked, for the word is in it.

    Parameters
    ----------
    page : callable (document)
    port : int
    token : str
        The word.
    **options
        Of BokehTornado.
    """

    def __init__(self, page: Any, port: int, token: str, **options: Any) -> None:
        nothing = {"status": 404, "text": NOTHING}
        self.hosts = {f"{name}:{port}" for name in NAMES} | (set(NAMES) if port == 80 else set())
        super().__init__(
            {"/": page}, prefix=token, log_function=lambda handler: None,
            default_handler_class=Answer, default_handler_args=nothing, **options,
        )  # fmt: skip
        context = {"application_context": self.applications["/"]}
        self.add_handlers(  # these come before Bokeh's own
            ".*",
            [
                (f"/{token}/ws", Socket, {**context, "bokeh_websocket_path": f"/{token}/ws"}),
                (f"/{token}/(?:autoload.js|metadata)", Answer, nothing),  # for other pages, of any origin
            ],
        )

    def find_handler(self, request: HTTPServerRequest, **more: Any) -> Any:
        """Turn away, or go on to what is asked for."""
        if request.host.lower() not in self.hosts:
            text = STRANGER
        elif not f"{request.path}/".startswith(f"{self.prefix}/"):
            text = WORDLESS
        else:
            request.arguments.pop("bokeh-token", None)  # the page's own stands in its text alone
            return super().find_handler(request, **more)
        return self.get_handler_delegate(request, Answer, {"status": 403, "text": text})
