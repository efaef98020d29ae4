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
_CURE = "Ask for another copy of the archive. Nothing was unpacked."


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
            raise StudyRefused(f"{source} lists more than {_MOST_CONTENTS:,} bytes of contents.", _CURE)
        with archive.open(info) as stream:
            found = json.loads(stream.read(_MOST_CONTENTS))
        if isinstance(found["format"], int) and found["format"] > FORMAT:
            raise StudyTooNew(str(source), found["format"], FORMAT, found.get("written_by"), xai_core.__version__)
        if found["format"] != FORMAT:
            raise StudyRefused(f"{source} has format {found['format']!r}; this version reads format {FORMAT}.", _CURE)
        contents = _contents(found)
    except _DAMAGES as fault:
        raise StudyRefused(
            f"{source} is no archive of a study: {CONTENTS} is missing or damaged ({type(fault).__name__}).",
            "Make one with `study export`.",
        ) from fault
    sizes = {name: entry.file_size for name, entry in entries.items()}
    if sizes != {name: size for name, (size, _) in contents.files.items()}:
        raise StudyRefused(f"The files in {source} are not those that it lists.", _CURE)
    if sum(sizes.values()) > most_bytes:
        raise StudyRefused(
            f"{source} holds {sum(sizes.values()):,} bytes; at most {most_bytes:,} are unpacked.",
            "If you trust it, allow more.",
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
        except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, ValueError) as fault:
            raise StudyRefused(f"{name} in {source} is damaged: {fault}.", _CURE) from fault
        # zlib.error is no subclass of anything above, and is what a wrong byte raises.
        except Exception as fault:
            if isinstance(fault, OSError):
                raise
            raise StudyRefused(f"{name} in {source} is damaged: {fault}.", _CURE) from fault
        if left or found.hexdigest() != digest:
            raise StudyRefused(f"{name} in {source} is not the file that it lists.", _CURE)


def _checked_entries(infos: Sequence[zipfile.ZipInfo], source: Path) -> dict[str, zipfile.ZipInfo]:
    if len(infos) > MOST_ENTRIES:
        raise StudyRefused(f"{source} has {len(infos):,} entries; at most {MOST_ENTRIES:,} are read.", _CURE)
    entries: dict[str, zipfile.ZipInfo] = {}
    spelled: set[str] = set()
    for info in infos:
        reason = _fault_of(info)
        # Two names that a disk takes for one would overwrite each other.
        spelling = unicodedata.normalize("NFC", info.filename).casefold()
        if not reason and spelling in spelled:
            reason = "is there twice"
        if reason:
            raise StudyRefused(f"The entry {info.filename[:200]!r} in {source} {reason}.", _CURE)
        spelled.add(spelling)
        entries[info.filename] = info
    folders = {parent.as_posix() for name in entries for parent in PurePosixPath(name).parents}
    if folders & entries.keys():
        raise StudyRefused(f"{source} has a file and a folder of one name.", _CURE)
    # Entries that share bytes make a small archive unpack to a huge one.
    end, last = 0, ""
    for info in sorted(entries.values(), key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise StudyRefused(f"The entries {last[:200]!r} and {info.filename[:200]!r} in {source} overlap.", _CURE)
        end, last = info.header_offset + info.compress_size, info.filename
    return entries


def _fault_of(info: zipfile.ZipInfo) -> str:
    """Return why an entry is refused, "" if it is not."""
    name, kind = info.filename, stat.S_IFMT(info.external_attr >> 16)
    faults = {
        _fault_of_name(name): True,
        "is a link or no plain file": kind not in (0, stat.S_IFREG),
        "is encrypted": bool(info.flag_bits & 1),
        "is compressed in a way that is not read": info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
        f"is not below {STUDY}, {MODEL} or {DATA}": name != CONTENTS and name.split("/")[0] not in (STUDY, MODEL, DATA),
    }
    return next((fault for fault, holds in faults.items() if fault and holds), "")


def _fault_of_name(name: str) -> str:
    """Return why a path of an archive is refused, "" if it is not."""
    is_relative = all(part not in ("", ".", "..") for part in name.split("/"))
    if not is_relative or "\\" in name or PureWindowsPath(name).drive:
        return "leads out of the archive"
    if any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in name):
        return "has a control character in its name"
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
