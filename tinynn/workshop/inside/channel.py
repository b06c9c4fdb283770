"""Frames over a pair of pipes: two lengths, a JSON object, raw bytes. No pickle, and nothing is executed."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

LENGTHS = struct.Struct("<4sIQ")
MAGIC = b"tnws"
MOST_HEADER, MOST_BODY = 1 << 20, 1 << 30


class ChannelError(Exception):
    """The other side wrote something else, or nothing."""


class Channel:
    """One end."""

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self.reading, self.writing = reading, writing

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        text = json.dumps(header).encode()
        self.writing.write(LENGTHS.pack(MAGIC, len(text), len(body)) + text)
        self.writing.write(body)
        self.writing.flush()

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """The next frame.

        Raises
        ------
        ChannelError
            The pipe ended, or what came is no frame.
        """
        magic, header, body = LENGTHS.unpack(self._exactly(LENGTHS.size))
        if magic != MAGIC or header > MOST_HEADER or body > MOST_BODY:
            raise ChannelError("what came over the pipe is no frame")
        try:
            found = json.loads(self._exactly(header))
        except ValueError:
            raise ChannelError("what came over the pipe is no frame") from None
        if not isinstance(found, dict):
            raise ChannelError("what came over the pipe is no frame")
        return found, self._exactly(body)

    def _exactly(self, length: int) -> bytes:
        data = self.reading.read(length)
        if len(data) < length:
            raise ChannelError("the pipe ended")
        return data
