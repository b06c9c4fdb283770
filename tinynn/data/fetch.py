"""Downloads: each file from the first mirror that has it, checked by its SHA-256, moved into place whole.

What came before an interruption stays beside the file as NAME.part and is continued. Files that are
already there are not touched, and not hashed: they may be somebody's own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinynn.data.places import PathLike, data_root, one_line
from tinynn.data.sources import SOURCES, RemoteFile, Source
from tinynn.errors import ArgumentError, DataError

TIMEOUT = 30.0  # seconds without a byte
ALIASES = {"cifar10": "cifar-10", "fashion_mnist": "fashion-mnist"}  # as the functions are called


def fetch(
    name: str,
    directory: PathLike | None = None,
    *,
    progress: bool | None = None,
    sources: Mapping[str, Source] = SOURCES,
) -> list[Path]:
    """Download a data set into the directory where `data.mnist` and its like look for it.

    Parameters
    ----------
    name : {"mnist", "fashion-mnist", "cifar-10"}
    directory : path, optional
        Default: $TINYNN_DATA, else the user cache.
    progress : bool, optional
        A bar on stderr. Default: where stderr is a terminal.
    sources : mapping of Source
        Where to get it; for mirrors of one's own.

    Returns
    -------
    paths : list of Path
        The files, new or already there.

    Raises
    ------
    ArgumentError
        An unknown name.
    DataError
        No mirror gave the file; says which file to put where.
    OSError
        The file cannot be written.
    """
    name = ALIASES.get(name, name)
    if name not in sources:
        raise ArgumentError(f"fetch: got {name!r}; needed one of {', '.join(sources)}")
    source = sources[name]
    folder = data_root(directory) / source.folder
    show = bool(sys.stderr and sys.stderr.isatty()) if progress is None else progress
    with _pooch_silent():
        return [_fetch_file(file, source.mirrors, folder, show) for file in source.files]


@contextmanager
def _pooch_silent() -> Iterator[None]:
    """Without pooch's news of every try, which would bury our one line."""
    import pooch  # on first use: importing it takes longer than importing tinynn

    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("WARNING")
    try:
        yield
    finally:
        logger.setLevel(level)


def _fetch_file(file: RemoteFile, mirrors: Sequence[str], folder: Path, show: bool) -> Path:
    target = folder / file.name
    if target.is_file():
        return target
    failures = []
    for mirror in mirrors:
        failure = _try_mirror(mirror + file.name, file, folder, show)
        if failure is None:
            return target
        failures.append(failure)
    raise DataError(
        f"fetch: {file.name} could not be had from {len(mirrors)} mirrors ({one_line('; '.join(failures))}); "
        f"needed {one_line(target)}; try downloading {mirrors[0]}{file.name} by hand and putting it there"
    )


def _try_mirror(url: str, file: RemoteFile, folder: Path, show: bool) -> str | None:
    """Download from one mirror; returns what went wrong, in a few words, or None."""
    import pooch
    from requests import RequestException

    part = folder / f"{file.name}.part"

    def download(url: str, output: str, _: Any) -> None:
        _download(url, file, part, show)
        os.replace(part, output)  # pooch compares the hash and then renames

    host, tries = url.split("/")[2], 2 if part.is_file() else 1
    for _ in range(tries):  # where another mirror's beginning was continued, a wrong hash is no verdict yet
        try:
            pooch.retrieve(url, f"sha256:{file.sha256}", fname=file.name, path=folder, downloader=download)
            return None
        except RequestException as error:
            return f"{host}: {_reason(error)}"
        except ValueError:  # what pooch raises for a wrong hash
            continue
    return f"{host}: not the published file"


def _download(url: str, file: RemoteFile, part: Path, show: bool) -> None:
    """Append to `part` until it has the published size; raises a RequestException where it cannot."""
    import requests
    from tqdm import tqdm
    from urllib3.exceptions import HTTPError

    begun = part.stat().st_size if part.is_file() else 0
    if begun >= file.size:
        return
    # identity: a server must not unpack or repack what it calls .gz
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begun}-"} if begun else {})
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        response.raise_for_status()
        continues = response.headers.get("Content-Range", "").startswith(f"bytes {begun}-")
        size = begun if begun and continues else 0
        bar = tqdm(total=file.size, initial=size, desc=file.name, unit="B", unit_scale=True, disable=not show)
        with bar, open(part, "ab" if size else "wb") as output:
            try:
                for piece in response.raw.stream(1 << 16, decode_content=False):
                    output.write(piece)
                    size += len(piece)
                    bar.update(len(piece))
                    if size > file.size:
                        return  # the hash will not match
            except HTTPError:
                pass  # the size tells
    if size < file.size:
        raise requests.exceptions.ChunkedEncodingError(f"ended after {size:,} of {file.size:,} bytes")


def _reason(error: Any) -> str:
    """A RequestException in a few words; its own text names sockets and pools."""
    from requests import exceptions

    if getattr(error, "response", None) is not None:
        return f"HTTP {error.response.status_code}"
    if isinstance(error, exceptions.ChunkedEncodingError):
        return str(error)
    if isinstance(error, exceptions.Timeout):
        return f"no answer in {TIMEOUT:.0f} s"
    if isinstance(error, exceptions.SSLError):
        return "certificate refused"
    return "not reachable"
