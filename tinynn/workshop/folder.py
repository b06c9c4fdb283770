"""The folder of a learner: the lesson, one source file, and workshop.json, which says what it is about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tinynn.errors import ArgumentError, DataError, FormatError
from tinynn.workshop.contract import Exercise
from tinynn.workshop.load import SUFFIXES, exercise, hints, starter, text_of

NOTE = "workshop.json"
MOST_BYTES = 1_000_000


@dataclass
class Folder:
    """One folder in which somebody works."""

    path: Path
    exercise: Exercise
    language: str
    hints: int = 0

    @property
    def source(self) -> Path:
        """The learner's file: linear_dw.cpp."""
        return self.path / f"{self.exercise.function}{SUFFIXES[self.language]}"

    def text(self) -> str:
        """What the learner wrote.

        Raises
        ------
        DataError
            The file is not there.
        FormatError
            It is no text, or far too long for a kernel.
        """
        if not self.source.is_file():
            raise DataError(
                f"workshop: {str(self.source)!r} is missing; needed the file that `start` put there"
            )
        data = beginning(self.source, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise FormatError(
                f"workshop: {str(self.source)!r} has more than a million bytes; needed a kernel"
            )
        try:
            return data.decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError:
            raise FormatError(
                f"workshop: {str(self.source)!r} is not UTF-8 text; needed the source of a kernel"
            ) from None

    def save(self) -> None:
        note = {"exercise": self.exercise.name, "language": self.language, "hints": self.hints}
        (self.path / NOTE).write_text(json.dumps(note) + "\n", encoding="utf-8")

    def next_hint(self) -> tuple[int, int, str]:
        """The next step, counted; after the last one, the last again."""
        steps = hints(self.exercise)
        self.hints = min(self.hints + 1, len(steps))
        self.save()
        return self.hints, len(steps), steps[self.hints - 1]


def start(name: str, language: str, path: Path) -> Folder:
    """Make a folder for an exercise: its lesson and its starter.

    Raises
    ------
    ArgumentError
        No such exercise, not in this language, or something is in the folder already.
    """
    found = exercise(name)
    if language not in found.languages:
        raise ArgumentError(
            f"workshop: {name} is not written in {language}; needed {' or '.join(found.languages)}"
        )
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ArgumentError(f"workshop: {str(path)!r} is there already and not empty; try another --dir")
    path.mkdir(parents=True, exist_ok=True)
    folder = Folder(path, found, language)
    (path / "lesson.md").write_text(text_of(found, "lesson.md"), encoding="utf-8")
    folder.source.write_text(starter(found, language), encoding="utf-8")
    folder.save()
    return folder


def opened(path: Path) -> Folder:
    """The folder that `start` made.

    Raises
    ------
    DataError
        There is none.
    FormatError
        workshop.json is damaged.
    ArgumentError
        It names an exercise that is not there.
    """
    note = path / NOTE
    if not note.is_file():
        raise DataError(f"workshop: no {NOTE} in {str(path)!r}; try tinynn workshop start NAME --dir {path}")
    try:
        data = json.loads(beginning(note, 10_000))
        name, language, count = data["exercise"], data["language"], data.get("hints", 0)
        if not isinstance(name, str) or not isinstance(language, str):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise FormatError(
            f"workshop: {str(note)!r} is damaged; try starting again in another folder"
        ) from None
    found = exercise(name)
    if language not in found.languages:
        raise FormatError(
            f"workshop: {str(note)!r} says language {language!r}; needed {' or '.join(found.languages)}"
        )
    return Folder(path, found, language, count if isinstance(count, int) and count >= 0 else 0)


def beginning(path: Path, most: int) -> bytes:
    """No more than the first bytes of a file, however large it says it is."""
    with path.open("rb") as file:
        return file.read(most)
