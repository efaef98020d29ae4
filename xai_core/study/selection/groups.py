"""Named groups of classes, shipped for Food-101 and saved by people."""

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import tomli_w
from filelock import FileLock, Timeout

from xai_core.errors import NameAmbiguous, NameUnknown, SettingRefused, StoreRefused
from xai_core.files import write_whole
from xai_core.labels import match_names
from xai_core.language import deferred, mark, tr
from xai_core.locks import release

FILE = "groups.toml"
"""Name of the file of saved groups, in the folder of all studies."""

SHIPPED = Path(__file__).with_name("food101_groups.toml")
"""Table of groups of Food-101's classes."""

SHIPPED_TITLES = {
    "desserts": mark("desserts"),
    "cakes": mark("cakes"),
    "breakfast": mark("breakfast"),
    "soups": mark("soups"),
    "salads": mark("salads"),
    "seafood": mark("seafood"),
    "meat": mark("meat"),
    "raw": mark("raw"),
    "pasta": mark("pasta"),
    "dumplings": mark("dumplings"),
    "rice_and_noodles": mark("rice and noodles"),
    "sandwiches": mark("sandwiches"),
    "fried": mark("fried"),
    "starters_and_sides": mark("starters and sides"),
    "italian": mark("italian"),
    "french": mark("french"),
    "japanese": mark("japanese"),
    "mexican": mark("mexican"),
}
"""Names of these groups for people, texts for `tr`."""

WAIT_S = 10.0
"""Seconds to wait for somebody else who is saving a group."""

_CURE = deferred("Make the folder of the studies writable, or make room on the disk, and try again.")

NAME_LENGTH = 40
"""Most characters of a group's name."""

_SIGNS = frozenset(" ._-・")


def group_words(name: str) -> str:
    """Return the name of a group as people write it, in the reader's language if the group is shipped.

    >>> group_words("rice_and_noodles"), group_words("my_group")
    ('rice and noodles', 'my group')
    """
    return tr(SHIPPED_TITLES[name]) if name in SHIPPED_TITLES else name.replace("_", " ")


def groups_for(labels: Sequence[str], studies: Path) -> dict[str, tuple[str, ...]]:
    """Return the groups that have classes of a study, by name.

    Parameters
    ----------
    labels
        Classes of the study's pictures. Names are matched as everywhere: case, spaces, underscores and hyphens do not
        matter where that is unambiguous.
    studies
        Folder of all studies, with the saved groups. A saved group replaces a shipped one of its name.

    Returns
    -------
    Classes of each group that occur, in the order of `labels`. Groups with none of them are left out, and so are
    shipped groups with all of them, which divide nothing.

    Raises
    ------
    StoreRefused
        If the file of saved groups cannot be read.
    """
    saved = saved_groups(studies)
    known = _read(SHIPPED) | saved
    found = {}
    for name, classes in known.items():
        try:
            matched = set(match_names(classes, labels).values())
        except (
            NameAmbiguous
        ):  # of a study whose classes differ by their spelling alone; its own groups name them exactly
            continue
        if matched and (name in saved or len(matched) < len(labels)):
            found[name] = tuple(label for label in labels if label in matched)
    return found


def saved_groups(studies: Path) -> dict[str, tuple[str, ...]]:
    """Return the saved groups by name.

    Raises
    ------
    StoreRefused
        If the file cannot be read.
    """
    file = studies / FILE
    return _read(file) if file.exists() else {}


def save_group(studies: Path, name: str, classes: Sequence[str], *, replaces: bool = False) -> str:
    """Save a group under a name; without classes, remove it.

    Parameters
    ----------
    studies
        Folder of all studies.
    name
        Name of the group.
    classes
        Its classes.
    replaces
        True to replace a saved group of this name. Links that name it then mean other classes.

    Returns
    -------
    The name under which it is saved: keyboards write the same letters in several ways.

    Raises
    ------
    SettingRefused
        If the name cannot be part of a link, or is that of another group, shipped or saved.
    StoreRefused
        If the file cannot be read or written, or somebody else writes it for longer than `WAIT_S`.
    """
    name = unicodedata.normalize("NFKC", name)
    if not _is_name(name):
        raise SettingRefused(
            deferred("the name of the group"),
            name,
            deferred("up to 40 letters, digits, spaces, dots, hyphens and underscores"),
        )
    lock = FileLock(studies / f".{FILE}.lock", timeout=WAIT_S)
    try:
        lock.acquire(poll_interval=0.01)
    except (Timeout, OSError) as fault:
        message = deferred(
            "The groups in {file} cannot be written now: {reason}.", file=studies / FILE, reason=str(fault)
        )
        raise StoreRefused(message, _CURE) from fault
    try:
        # Read under the lock: of two groups saved at once, both are kept.
        groups = saved_groups(studies)
        if classes:
            _check_free(name, tuple(classes), groups, replaces=replaces)
            groups[name] = tuple(classes)
        else:
            groups.pop(name, None)
        content = tomli_w.dumps({"groups": {each: list(of_group) for each, of_group in groups.items()}})
        write_whole(studies / FILE, content.encode(), _CURE)
    finally:
        release(lock)
    return name


def _is_name(name: str) -> bool:
    """Return True for a name that can be part of links: letters of any script, digits and a few signs."""
    # Marks are parts of letters, as in Hindi or Thai. Line breaks, slashes and invisible characters are neither.
    kinds = [unicodedata.category(character)[0] for character in name]
    allowed = all(
        kind in "LM" or character.isdecimal() or character in _SIGNS
        for kind, character in zip(kinds, name, strict=True)
    )
    begins = bool(kinds) and (kinds[0] == "L" or name[0].isdecimal())
    return allowed and begins and len(name) <= NAME_LENGTH


def _check_free(name: str, classes: tuple[str, ...], saved: Mapping[str, tuple[str, ...]], *, replaces: bool) -> None:
    if name in _read(SHIPPED) and name not in saved:
        raise SettingRefused(
            deferred("the name of the group"), name, deferred("another name, because a group of this name is shipped")
        )
    if not replaces and saved.get(name, classes) != classes:
        raise SettingRefused(
            deferred("the name of the group"),
            name,
            deferred("another name, because somebody has saved a group of this name"),
        )


def typed_classes(text: str, labels: Sequence[str]) -> tuple[str, ...]:
    """Return the classes that a person typed, separated by commas.

    Raises
    ------
    NameUnknown
        If a name is none of the labels.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    matched = match_names(names, labels)
    for name in names:
        if name not in matched:
            raise NameUnknown(mark("class"), name, hint=deferred("Separate several classes by commas."))
    chosen = set(matched.values())
    return tuple(label for label in labels if label in chosen)


def _read(file: Path) -> dict[str, tuple[str, ...]]:
    try:
        groups = tomllib.loads(file.read_text("utf-8")).get("groups", {})
        return {str(name): _classes(labels) for name, labels in groups.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as fault:
        raise StoreRefused(
            deferred("The groups in {file} cannot be read: {reason}.", file=file, reason=str(fault)),
            deferred("Correct the file, or move it away to start a new one."),
        ) from fault


def _classes(labels: object) -> tuple[str, ...]:
    if not isinstance(labels, list):
        raise TypeError("a group is no list of classes")  # a text would be taken for its letters
    return tuple(map(str, labels))
