"""The server of the laboratory: on this machine alone, for those who have the address.

It listens on 127.0.0.1 and nowhere else. It refuses whoever asks for another name than that, lacks the random
word in the address, or opens a connection from a page of another origin: page/guard.py.
"""

from __future__ import annotations

import secrets
import socket
import sys
import webbrowser

from tinynn.errors import ArgumentError, BackendError

HOST = "127.0.0.1"
CHECK = 5000  # milliseconds: how soon the net of a page that was closed is forgotten


def listen(port: int) -> socket.socket:
    """A socket on the loopback address."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((HOST, port))
        made.listen(128)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


class LabServer:
    """A Bokeh server with one page.

    Parameters
    ----------
    port : int
        0 takes one that is free.
    token : str, optional
        The word in the address; default: a random one.

    Attributes
    ----------
    url : str

    Raises
    ------
    BackendError
        Bokeh is not installed.
    ArgumentError
        The port is taken, or none.
    """

    def __init__(self, port: int = 0, token: str | None = None) -> None:
        if isinstance(port, bool) or not 0 <= port <= 65535:
            raise ArgumentError(f"lab: the port is {port}; needed 0 to 65535; 0 takes one that is free")
        try:
            from bokeh.server.server import BaseServer
        except ImportError:
            raise BackendError(
                'lab: needs Bokeh, which is not installed; try pip install "tinynn-engine[report]"'
            ) from None
        from tornado.httpserver import HTTPServer
        from tornado.ioloop import IOLoop

        from tinynn.lab.page.guard import Guarded
        from tinynn.lab.page.page import Page

        self.token = secrets.token_urlsafe(24) if token is None else token
        try:
            listening = listen(port)
        except OSError as error:
            raise ArgumentError(f"lab: port {port} of {HOST}: {error.strerror}; try --port 0") from None
        self.port = int(listening.getsockname()[1])
        application = Guarded(
            Page,
            self.port,
            self.token,
            check_unused_sessions_milliseconds=CHECK,
            unused_session_lifetime_milliseconds=CHECK,
        )
        http = HTTPServer(application)
        http.add_sockets([listening])
        self._server = BaseServer(IOLoop.current(), application, http)
        self.url = f"http://{HOST}:{self.port}/{self.token}/"

    def run(self, show: bool) -> None:
        """Serve until Ctrl-C."""
        self._server.start()
        if show:
            self._server.io_loop.call_later(0.1, webbrowser.open, self.url)
        try:
            self._server.io_loop.start()
        finally:
            self._server.stop()
