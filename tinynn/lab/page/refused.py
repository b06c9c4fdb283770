"""What whoever comes without the word in the address is told."""

from __future__ import annotations

from tornado.web import RequestHandler

MESSAGE = "tinynn lab: this address lacks the word that `tinynn lab` printed; open that address\n"


class Refused(RequestHandler):
    """403 for every path outside the word's, by any method."""

    def prepare(self) -> None:
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(MESSAGE)
