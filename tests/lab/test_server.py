"""Who may see the page: this machine, with the word in the address, from the page itself."""

from __future__ import annotations

import contextlib
import http.client
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("bokeh", reason="the report extra is not installed")

from tinynn.cli import main
from tinynn.errors import ArgumentError
from tinynn.lab.server import LabServer


def status(
    url: str, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), int(parts.port or 0), timeout=20)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    code, text = answer.status, "" if answer.status == 101 else answer.read().decode("utf-8", "replace")
    connection.close()
    return code, text


def test_the_page_is_served_and_brings_its_own_scripts(url: str) -> None:
    parts = urlsplit(url)
    assert parts.hostname == "127.0.0.1"
    assert len(parts.path.strip("/")) >= 32  # a word that nobody guesses
    code, text = status(url, parts.path)
    assert code == 200
    assert "tinynn lab" in text
    assert "cdn.bokeh.org" not in text
    script = text.split('src="')[1].split('"')[0]
    assert script.startswith(parts.path.rstrip("/") + "/static/")
    assert status(url, script)[0] == 200


@pytest.mark.parametrize(
    "path", ["/", "/lab", "/wrong-word/", "/static/js/bokeh.min.js", "/ws", "/wrong-word/ws"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_the_word_everything_is_refused(url: str, path: str, method: str) -> None:
    code, text = status(url, path, method=method)
    assert code == 403
    assert "lacks the word" in text
    assert urlsplit(url).path.strip("/") not in text


def handshake(origin: str, protocol: str = "bokeh, none") -> dict[str, str]:
    return {
        "Origin": origin, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": protocol,
    }  # fmt: skip


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:1", "localhost", ""])
def test_a_name_that_was_made_to_mean_this_machine_is_refused(url: str, host: str) -> None:
    """DNS rebinding: Host and Origin agree, and the word would be right."""
    parts = urlsplit(url)
    name = f"{host}:{parts.port}" if "." in host and ":" not in host else host
    for path, headers in (("", {}), ("ws", handshake(f"http://{name}")), ("static/js/bokeh.min.js", {})):
        code, text = status(url, parts.path + path, {**headers, "Host": name})
        assert code == 403
        assert parts.path.strip("/") not in text


@pytest.mark.parametrize("path", ["autoload.js?bokeh-autoload-element=x", "metadata", "typo", "ws/typo"])
def test_what_is_not_there_says_so(url: str, path: str) -> None:
    """autoload.js would have let a page of any origin read it."""
    code, text = status(url, urlsplit(url).path + path, {"Origin": "http://evil.example"})
    assert (code, "nothing is here" in text) == (404, True)


def test_neither_a_broken_handshake_nor_a_wrong_address_is_written_to_the_terminal(
    url: str, stderr: Path
) -> None:
    parts = urlsplit(url)
    here = f"http://{parts.netloc}"
    for protocol in ("bokeh, none", "bokeh", "none", "bokeh, e30", "bokeh, bnVsbA", "bokeh, W10"):
        status(url, parts.path + "ws", handshake(here, protocol))
    status(url, parts.path + "ws", handshake("http://evil.example"))
    assert status(url, parts.path + "?bokeh-token=none")[0] == 200
    assert status(url, parts.path + "typo")[0] == 404
    assert stderr.read_text() == "tinynn lab: for this machine only; Ctrl-C ends it\n"


@pytest.mark.parametrize(
    "origin",
    ["http://example.com", "http://127.0.0.1:1", "http://127.0.0.1.example.com", "null", "http://localhost"],
)
def test_a_page_from_elsewhere_opens_no_connection(url: str, origin: str) -> None:
    assert status(url, urlsplit(url).path + "ws", handshake(origin))[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_page_itself_does(url: str, host: str) -> None:
    """The same handshake from the right place: so it was the origin that was refused."""
    assert status(url, urlsplit(url).path + "ws", handshake(f"http://{host}:{urlsplit(url).port}"))[0] == 101


def test_it_listens_on_the_loopback_alone(url: str) -> None:
    """Another address of this machine answers nothing; 127.0.0.2 is one that every Linux has."""
    port = int(urlsplit(url).port or 0)
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    others = {"127.0.0.2"}
    with contextlib.suppress(OSError):  # a machine need not know its own name
        others |= {str(i[4][0]) for i in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in others - {"127.0.0.1"}:
        with pytest.raises(OSError, match=r"refused|timed out|unreachable|assign|route"):
            socket.create_connection((address, port), timeout=2)


def test_a_port_that_is_taken_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["lab", "--no-browser", "--port", str(taken.getsockname()[1])]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "try --port 0" in err
    assert len(err.splitlines()) == 1


def test_a_port_that_is_none() -> None:
    with pytest.raises(ArgumentError, match="the port is 70000"):
        LabServer(70000)


def test_without_bokeh_the_error_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "bokeh.server.server", None)
    assert main(["lab", "--no-browser", "--port", "0"]) == 2
    assert 'pip install "tinynn-engine[report]"' in capfd.readouterr().err
