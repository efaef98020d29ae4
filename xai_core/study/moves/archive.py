"""Archives of studies: their entries, and checks of archives from strangers."""

import hashlib
import json
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import xai_core
from xai_core.errors import StudyRefused, StudyTooNew
from xai_core.language import deferred, mark

FORMAT = 1
"""Number of the layout of an archive."""

CONTENTS = "export.json"
"""Entry that lists all others with their sizes and hashes."""

STUDY, MODEL, DATA = "study", "model", "data"
"""Folders of an archive."""

MOST_ENTRIES = 1_000_000
MOST_BYTES = 64 * 2**30
"""Largest size of an unpacked archive, unless another is chosen."""

_MOST_CONTENTS = 256 * 2**20
_BLOCK = 2**20
_DAMAGES = (  # what zipfile, zlib and json raise for damaged bytes, and what wrong types of values do
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    OSError,
)
_CURE = deferred("Ask for another copy of the archive. Nothing was unpacked.")


@dataclass(frozen=True, slots=True)
class Contents:
    """List of the contents of an archive.

    Attributes
    ----------
    name
        Name of the study.
    model
        Path of the model below `MODEL`, "" where the archive has none.
    data
        Path of the data below `DATA`, None where the archive has no pictures.
    files
        Size in bytes and SHA-256 of every other entry by its name.
    """

    name: str
    model: str
    data: str | None
    files: Mapping[str, tuple[int, str]]

    def to_json(self) -> bytes:
        """Return the entry `CONTENTS`."""
        table = {
            "format": FORMAT,
            "written_by": xai_core.__version__,
            "name": self.name,
            "model": self.model,
            "data": self.data,
        }
        return json.dumps(table | {"files": self.files}, indent=0).encode()


def read_contents(archive: zipfile.ZipFile, source: Path, most_bytes: int) -> Contents:
    """Check the entries of an archive before anything is unpacked, and return their list.

    Parameters
    ----------
    archive, source
        The opened archive, and its file for messages.
    most_bytes
        Largest size of all files together.

    Raises
    ------
    StudyRefused
        If it is no archive of a study, or an entry leads out of it, is a link, is listed twice, overlaps another or has
        another size than is listed.
    StudyTooNew
        If a later version wrote it in another format.
    """
    entries = _checked_entries(archive.infolist(), source)
    try:
        info = entries.pop(CONTENTS)
        if info.file_size > _MOST_CONTENTS:
            raise StudyRefused(
                deferred("{file} lists more than {most:,} bytes of contents.", file=source, most=_MOST_CONTENTS), _CURE
            )
        with archive.open(info) as stream:
            found = json.loads(stream.read(_MOST_CONTENTS))
        if isinstance(found["format"], int) and found["format"] > FORMAT:
            raise StudyTooNew(str(source), found["format"], FORMAT, found.get("written_by"), xai_core.__version__)
        if found["format"] != FORMAT:
            raise StudyRefused(
                deferred(
                    "{file} has format {found}; this version reads format {known}.",
                    file=source,
                    found=repr(found["format"]),
                    known=FORMAT,
                ),
                _CURE,
            )
        contents = _contents(found)
    except _DAMAGES as fault:
        raise StudyRefused(
            deferred(
                "{file} is no archive of a study: {entry} is missing or damaged ({fault}).",
                file=source,
                entry=CONTENTS,
                fault=type(fault).__name__,
            ),
            deferred("Make one with `study export`."),
        ) from fault
    sizes = {name: entry.file_size for name, entry in entries.items()}
    if sizes != {name: size for name, (size, _) in contents.files.items()}:
        raise StudyRefused(deferred("The files in {file} are not those that it lists.", file=source), _CURE)
    if sum(sizes.values()) > most_bytes:
        raise StudyRefused(
            deferred(
                "{file} holds {size:,} bytes; at most {most:,} are unpacked.",
                file=source,
                size=sum(sizes.values()),
                most=most_bytes,
            ),
            deferred("If you trust it, allow more."),
            "most_gb",
        )
    return contents


def unpack(archive: zipfile.ZipFile, contents: Contents, folder: Path, source: Path) -> None:
    """Unpack all files of a checked archive into a new folder.

    Raises
    ------
    StudyRefused
        If a file is damaged or another than is listed.
    OSError
        If the disk does not take it.
    """
    for name, (size, digest) in contents.files.items():
        path = folder.joinpath(*PurePosixPath(name).parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        found, left = hashlib.sha256(), size
        try:
            # "x": the folder is new, so that nothing is overwritten and no link is followed.
            with archive.open(name) as packed, path.open("xb") as out:
                while block := packed.read(min(_BLOCK, left + 1)):
                    left -= len(block)
                    if left < 0:
                        break
                    found.update(block)
                    out.write(block)
        except OSError:
            raise
        except Exception as fault:  # zipfile and zlib have no error in common
            raise StudyRefused(
                deferred("{entry} in {file} is damaged: {reason}.", entry=name, file=source, reason=str(fault)), _CURE
            ) from fault
        if left or found.hexdigest() != digest:
            raise StudyRefused(
                deferred("{entry} in {file} is not the file that it lists.", entry=name, file=source), _CURE
            )


def _checked_entries(infos: Sequence[zipfile.ZipInfo], source: Path) -> dict[str, zipfile.ZipInfo]:
    if len(infos) > MOST_ENTRIES:
        raise StudyRefused(
            deferred(
                "{file} has {number:,} entries; at most {most:,} are read.",
                file=source,
                number=len(infos),
                most=MOST_ENTRIES,
            ),
            _CURE,
        )
    entries: dict[str, zipfile.ZipInfo] = {}
    spelled: set[str] = set()
    for info in infos:
        reason = _fault_of(info)
        # Two names that a disk takes for one would overwrite each other.
        spelling = unicodedata.normalize("NFC", info.filename).casefold()
        if not reason and spelling in spelled:
            reason = mark("The entry {entry} in {file} is there twice.")
        if reason:
            raise StudyRefused(deferred(reason, entry=repr(info.filename[:200]), file=source), _CURE)
        spelled.add(spelling)
        entries[info.filename] = info
    folders = {parent.as_posix() for name in entries for parent in PurePosixPath(name).parents}
    if folders & entries.keys():
        raise StudyRefused(deferred("{file} has a file and a folder of one name.", file=source), _CURE)
    # Entries that share bytes make a small archive unpack to a huge one.
    end, last = 0, ""
    for info in sorted(entries.values(), key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise StudyRefused(
                deferred(
                    "The entries {first} and {second} in {file} overlap.",
                    first=repr(last[:200]),
                    second=repr(info.filename[:200]),
                    file=source,
                ),
                _CURE,
            )
        end, last = info.header_offset + info.compress_size, info.filename
    return entries


def _fault_of(info: zipfile.ZipInfo) -> str:
    """Return why an entry is refused, as a text with the fields `entry` and `file`; "" if it is not."""
    name, kind = info.filename, stat.S_IFMT(info.external_attr >> 16)
    faults = {
        _fault_of_name(name): True,
        mark("The entry {entry} in {file} is a link or no plain file."): kind not in (0, stat.S_IFREG),
        mark("The entry {entry} in {file} is encrypted."): bool(info.flag_bits & 1),
        mark("The entry {entry} in {file} is compressed in a way that is not read."): (
            info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        ),
        mark("The entry {entry} in {file} is not below study, model or data."): (
            name != CONTENTS and name.split("/")[0] not in (STUDY, MODEL, DATA)
        ),
    }
    return next((fault for fault, holds in faults.items() if fault and holds), "")


def _fault_of_name(name: str) -> str:
    """Return why a path of an archive is refused, see `_fault_of`."""
    is_relative = all(part not in ("", ".", "..") for part in name.split("/"))
    if not is_relative or "\\" in name or PureWindowsPath(name).drive:
        return mark("The entry {entry} in {file} leads out of the archive.")
    if any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in name):
        return mark("The entry {entry} in {file} has a control character in its name.")
    return ""


def _contents(found: Mapping[str, Any]) -> Contents:
    files = {str(name): (int(size), str(digest)) for name, (size, digest) in found["files"].items()}
    name, model, data = found["name"], found["model"], found["data"]
    for path in (model, *([] if data is None else [data])):
        if not isinstance(path, str) or (path and _fault_of_name(path)):
            raise ValueError("a path leads out of the archive")
    if not isinstance(name, str):
        raise TypeError("the name is no text")
    return Contents(name, model, data, files)
