"""Downloads, from a server on this machine that misbehaves on request."""

import hashlib
import http.server
import re
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from tinynn.data import cifar10, fetch, mnist
from tinynn.data.sources import SOURCES, RemoteFile, Source
from tinynn.errors import ArgumentError, DataError

from .published import packed, python_version
from .test_mnist import FILES, write_set

CONTENT = bytes(range(256)) * 1000
FILE = RemoteFile("file.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


class Handler(http.server.BaseHTTPRequestHandler):
    """/BEHAVIOUR/name serves `server.contents[name]`, well or badly."""

    def do_GET(self):
        _, behaviour, name = self.path.split("/")
        self.server.asked.append((behaviour, self.headers.get("Range")))
        content = self.server.contents[name]
        if behaviour == "missing":
            self.send_error(404)
            return
        begin = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        start = int(begin[1]) if begin and behaviour != "norange" else 0
        body = {"wrong": content[::-1], "long": content + b"more" * 100_000}.get(behaviour, content)[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if behaviour == "encoded":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if behaviour == "short" else body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.daemon_threads = True
        httpd.contents, httpd.asked = {"file.bin": CONTENT}, []
        thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
        thread.start()
        yield httpd
        httpd.shutdown()
        thread.join()


def source(server, *behaviours, files=(FILE,), folder="set"):
    mirrors = tuple(f"http://127.0.0.1:{server.server_port}/{b}/" for b in behaviours)
    return {"set": Source(folder, mirrors, tuple(files))}


def names(folder):
    return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize(
    "mirrors",
    [
        "good",
        "missing good",
        "short good",
        "wrong good",
        "long good",
        "short norange",
        "short wrong good",
        "encoded",
    ],
)
def test_the_first_good_mirror_serves(tmp_path, server, mirrors):
    paths = fetch("set", tmp_path, sources=source(server, *mirrors.split()))
    assert paths == [tmp_path / "set" / "file.bin"]
    assert paths[0].read_bytes() == CONTENT
    assert names(tmp_path / "set") == ["file.bin"]


def test_an_interrupted_download_is_continued(tmp_path, server):
    with pytest.raises(DataError, match=r"ended after 128,000 of 256,000 bytes"):
        fetch("set", tmp_path, sources=source(server, "short"))
    assert names(tmp_path / "set") == ["file.bin.part"]
    fetch("set", tmp_path, sources=source(server, "good"))
    assert server.asked == [("short", None), ("good", "bytes=128000-")]
    assert names(tmp_path / "set") == ["file.bin"]


@pytest.mark.parametrize("rubbish", [b"rubbish", bytes(len(CONTENT)), CONTENT + b"more", b""])
def test_a_wrong_beginning_is_thrown_away(tmp_path, server, rubbish):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "file.bin.part").write_bytes(rubbish)
    fetch("set", tmp_path, sources=source(server, "good"))
    assert (tmp_path / "set" / "file.bin").read_bytes() == CONTENT
    assert names(tmp_path / "set") == ["file.bin"]


def test_ctrl_c_leaves_nothing_half_written(tmp_path, server, monkeypatch):
    import urllib3

    def interrupted(*args, **kwargs):
        yield CONTENT[:1000]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(urllib3.response.HTTPResponse, "stream", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fetch("set", tmp_path, sources=source(server, "good"))
    assert names(tmp_path / "set") == ["file.bin.part"]  # which no loader reads
    fetch("set", tmp_path, sources=source(server, "good"))
    assert server.asked[-1] == ("good", "bytes=1000-")
    assert names(tmp_path / "set") == ["file.bin"]


def test_what_is_there_is_neither_hashed_nor_replaced(tmp_path, server):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "file.bin").write_bytes(b"my own")
    fetch("set", tmp_path, sources=source(server, "good"))
    assert (tmp_path / "set" / "file.bin").read_bytes() == b"my own"
    assert server.asked == []


def test_one_line_when_no_mirror_serves(tmp_path, server):
    with pytest.raises(DataError) as caught:
        fetch("set", tmp_path, sources=source(server, "missing", "wrong"))
    text = str(caught.value)
    host = f"127.0.0.1:{server.server_port}"
    assert f"({host}: HTTP 404; {host}: not the published file)" in text
    assert (
        f"needed {tmp_path / 'set' / 'file.bin'}; try downloading http://{host}/missing/file.bin by hand"
        in text
    )
    assert "\n" not in text
    assert names(tmp_path / "set") == []


@contextmanager
def closed_port():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_one_line_when_offline(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with closed_port() as port:
        nowhere = {"set": Source("set", (f"http://127.0.0.1:{port}/",), (FILE,))}
        with pytest.raises(DataError, match=r"file\.bin could not be had .*not reachable.*by hand"):
            fetch("set", tmp_path, sources=nowhere)
    assert names(tmp_path / "set") == []
    assert capfd.readouterr() == ("", "")  # the error is the one line


def test_fetched_where_the_loaders_look(tmp_path, server, monkeypatch, capfd):
    """MNIST's and CIFAR-10's own entries, but for the mirrors and the hashes."""
    write_set(tmp_path / "served")
    served = {name: (tmp_path / "served" / name).read_bytes() for name in FILES}
    served["cifar-10-python.tar.gz"] = packed("cifar-10-batches-py", python_version())
    server.contents = served
    here = {}
    for name, real in SOURCES.items():
        files = [
            RemoteFile(f.name, len(served[f.name]), hashlib.sha256(served[f.name]).hexdigest())
            for f in real.files
        ]
        here[name] = source(server, "good", files=files, folder=real.folder)["set"]
    monkeypatch.setenv("TINYNN_DATA", str(tmp_path / "data"))
    assert len(fetch("mnist", sources=here)) == 4
    assert len(fetch("cifar10", sources=here, progress=True)) == 1
    assert len(mnist()[0]) == 12
    assert len(cifar10()[0]) == 60
    out, err = capfd.readouterr()
    assert out == ""
    assert "cifar-10-python.tar.gz" in err


def test_every_published_source_is_well_formed():
    for name, entry in SOURCES.items():
        assert len(entry.mirrors) >= 2, name
        assert all(m.startswith("https://") and m.endswith("/") for m in entry.mirrors)
        assert all(re.fullmatch("[0-9a-f]{64}", f.sha256) and f.size > 0 for f in entry.files)


@pytest.mark.data
@pytest.mark.parametrize("file", SOURCES["mnist"].files, ids=lambda f: f.name)
def test_the_published_hashes_are_those_of_the_real_files(data_dir, file):
    path = data_dir / "mnist" / file.name
    if not path.is_file():
        pytest.skip(f"no {path}")
    content = path.read_bytes()
    assert len(content) == file.size
    assert hashlib.sha256(content).hexdigest() == file.sha256


def test_unknown_names_are_named():
    with pytest.raises(ArgumentError, match="got 'imagenet'; needed one of mnist, fashion-mnist, cifar-10"):
        fetch("imagenet")


def test_a_place_that_cannot_be_written_is_an_oserror(tmp_path, server):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        fetch("set", tmp_path / "file", sources=source(server, "good"))


def test_importing_the_data_package_imports_no_pooch():
    late = ("pooch", "requests", "tqdm", "scipy")
    code = f"import sys, tinynn.data; print([m for m in {late} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
