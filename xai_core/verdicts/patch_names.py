"""Names that people give to groups of patches of a pair, stored in the file of verdicts."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from xai_core.errors import SettingRefused
from xai_core.language import deferred
from xai_core.verdicts.store import FILE, begin_writing, file_format, locked_folder, open_database
from xai_core.verdicts.verdict import AUTHOR_LIMIT, clean_text

NAME_LIMIT = 60
"""Largest number of characters of a name."""

_COLUMNS = ("truth", "guess", "name", "pictures", "written", "author")
# Beside the table of verdicts, so that a rebuild keeps both. Readers of format 1 that do not know the table ignore it.
_SCHEMA = f"CREATE TABLE IF NOT EXISTS patch_names ({', '.join(f'{name} TEXT NOT NULL' for name in _COLUMNS)})"
_LATEST = "SELECT MAX(rowid) FROM patch_names GROUP BY truth, guess, name"


@dataclass(frozen=True, slots=True)
class PatchName:
    """Name of what the strongest patches of some mistakes show.

    Attributes
    ----------
    truth, guess
        The pair.
    name
        Text of the reader, such as "strawberry".
    pictures
        Image ids of the pictures whose patches show it.
    written
        UTC, ISO 8601.
    author
        Free text; may be empty.
    """

    truth: str
    guess: str
    name: str
    pictures: tuple[str, ...]
    written: str
    author: str


class PatchNames:
    """Store of the names of one study.

    Nothing is overwritten or deleted. The latest row of a pair and name counts, and one without pictures takes the name
    back.

    Parameters
    ----------
    folder
        The study's folder.
    clock
        Function that returns the current time.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = folder
        self.path = folder / FILE
        self._clock = clock

    def put(self, truth: str, guess: str, name: str, pictures: Sequence[str], *, author: str = "") -> PatchName:
        """Write a name for some pictures of a pair. It replaces the pictures that the name had before.

        Returns
        -------
        The name as written, on one line.

        Raises
        ------
        SettingRefused
            If the name is empty, or name or author are too long.
        StoreRefused, VerdictsDamaged
        """
        cleaned = " ".join(clean_text(deferred("The name"), name, NAME_LIMIT).split())
        if not cleaned:
            raise SettingRefused(deferred("The name"), deferred("empty"), deferred("a word or two"))
        written = PatchName(
            truth=truth,
            guess=guess,
            name=cleaned,
            pictures=tuple(dict.fromkeys(pictures)),
            written=self._clock().astimezone(UTC).isoformat(timespec="seconds"),
            author=clean_text(deferred("The author's name"), author, AUTHOR_LIMIT),
        )
        row = (truth, guess, cleaned, json.dumps(written.pictures), written.written, written.author)
        with locked_folder(self.folder), open_database(self.path, "rwc") as database:
            begin_writing(database)
            database.execute(_SCHEMA)
            database.execute(f"INSERT INTO patch_names ({', '.join(_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - own text
            database.execute("COMMIT")
        return written

    def all(self) -> tuple[PatchName, ...]:
        """Return the names that count, those of the most pictures first, ties by name.

        Raises
        ------
        StoreRefused, VerdictsDamaged
        """
        if not self.path.exists():
            return ()
        with open_database(self.path, "rw") as database:
            known = (
                file_format(database)
                and database.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'patch_names'").fetchone()[0]
            )
            select = f"SELECT {', '.join(_COLUMNS)} FROM patch_names WHERE rowid IN ({_LATEST})"  # noqa: S608 - own text
            rows = database.execute(select).fetchall() if known else []
        found = [
            PatchName(truth, guess, name, tuple(json.loads(pictures)), written, author)
            for truth, guess, name, pictures, written, author in rows
        ]
        return tuple(sorted((one for one in found if one.pictures), key=lambda one: (-len(one.pictures), one.name)))
