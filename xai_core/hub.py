"""Models and labelled sets that are named as on the Hugging Face hub.

Only commands that a person calls ask the hub. They store the folder in its cache, so that a study opens without a
network.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from xai_core.errors import DataRefused, DownloadFailed, ModelRefused, StoreRefused
from xai_core.language import deferred, tr

EXTRA = 'pip install ".[huggingface]"'
"""Command that installs the library."""

SITE = "https://huggingface.co"

Say = Callable[[str], None]
"""Callback that receives a sentence about the next step."""

Kind = Literal["model", "dataset"]

_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*\w)?/\w(?:[\w.-]*\w)?", re.ASCII)

_FILE_NAME = re.compile(
    r"(?i).*\.(safetensors|pth|pt|ckpt|bin|tar|th|onnx|keras|h5|tflite|pkl|zip|csv|tsv|txt|jsonl?|ya?ml|parquet|pq)"
)
"""Names that are those of files, so that a mistake in a path asks nobody."""

MODEL_WEIGHTS = ("model*.safetensors", "model.safetensors.index.json")
"""Files of the weights of a model."""

_FILES: Mapping[Kind, tuple[str, ...]] = {
    "model": ("config.json", "preprocessor_config.json", *MODEL_WEIGHTS),
    "dataset": ("README.md", "*.parquet"),
}
"""Files that are downloaded. No pickles: those are read only from a folder that somebody downloaded on purpose."""

_SEEN: Mapping[Kind, tuple[str, ...]] = {"model": ("pytorch_model*.bin",), "dataset": ()}
"""Further files that are looked for and never downloaded."""

_SNAPSHOT = re.compile(r"(models|datasets)--(.+?)--(.+)")
"""Folder of a repository in the cache of the hub, such as models--google--vit-base-patch16-224."""


def hub_name(path: Path) -> str | None:
    """Return a path as a name on the hub, owner/name, or None if it is one of this machine."""
    text = path.as_posix()
    sound = _NAME.fullmatch(text) and not _FILE_NAME.fullmatch(text) and "--" not in text and ".." not in text
    return text if sound and not path.exists() else None


def repository_of(folder: Path) -> str | None:
    """Return the name of the repository whose folder in the cache of the hub this is, or None for another folder."""
    match = _SNAPSHOT.fullmatch(folder.parent.parent.name) if folder.parent.name == "snapshots" else None
    return f"{match[2]}/{match[3]}" if match is not None else None


def display_name(path: Path) -> str:
    """Return the name of a file or folder for people, that of the repository for a folder in the cache of the hub."""
    return repository_of(path) or path.name


def local_model(path: Path, say: Say) -> Path:
    """Return the path of a model file or folder, downloaded first where a name on the hub is given.

    Parameters
    ----------
    path
        Path, or name of a repository as owner/name. What is on this machine goes first.
    say
        Receives a sentence before each step.

    Returns
    -------
    The absolute path.

    Raises
    ------
    DownloadFailed
        If the hub cannot be reached, or does not give the repository.
    ModelRefused
        If the repository holds no image classifier whose weights are safetensors.
    StoreRefused
        If the disk has too little space.
    """
    name = hub_name(path.expanduser())
    return path.expanduser().absolute() if name is None else _fetch(name, "model", _check_model, say)


def local_set(path: Path, say: Say) -> Path:
    """Return the absolute path of a labelled set, downloaded first where a name on the hub is given.

    Parameters
    ----------
    path
        Path, or name of a parquet set as owner/name. What is on this machine goes first.
    say
        Receives a sentence before each step, first of all what it will cost.

    Raises
    ------
    DataRefused
        If the repository holds no parquet files.
    DownloadFailed, StoreRefused
        See `local_model`.
    """
    name = hub_name(path.expanduser())
    return path.expanduser().absolute() if name is None else _fetch(name, "dataset", _check_set, say)


def library() -> ModuleType:
    """Return the library `huggingface_hub`, which not every installation has.

    Raises
    ------
    DownloadFailed
        If it is not installed.
    """
    try:
        import huggingface_hub  # noqa: PLC0415 - an extra
    except ImportError:
        raise DownloadFailed(
            deferred("The library huggingface_hub is not installed."),
            deferred("Install it with: {command}", command=EXTRA),
        ) from None
    return huggingface_hub


def answered(call: Callable[[], Any], repository: str) -> Any:
    """Return what the hub answers, or refuse with the reason.

    Raises
    ------
    DownloadFailed
        If the hub cannot be reached, the connection breaks, or the repository is not given.
    """
    try:
        return call()
    # The library passes on the errors of its HTTP library, which changes with its version.
    except Exception as fault:
        links = [*_chain(fault)]
        kinds = {kind.__name__ for link in links for kind in type(link).__mro__}
        if "GatedRepoError" in kinds:
            raise DownloadFailed(
                deferred(
                    "{name} on the Hugging Face hub is gated: it is given to those who asked for it and are logged in.",
                    name=repository,
                ),
                deferred(
                    "Ask for access on {address}, log in with hf auth login, then run the same command again.",
                    address=f"{SITE}/{repository}",
                ),
            ) from fault
        if "RepositoryNotFoundError" in kinds:
            raise DownloadFailed(
                deferred("The Hugging Face hub has no repository {name}, or it is private.", name=repository),
                deferred("Check the path or the name. For a private repository, log in with hf auth login."),
            ) from fault
        # A dry run tells only that it failed; the fault behind it says why.
        told = links[-1] if "DryRunError" in kinds else fault
        why = (" ".join(str(told).split())[:300] or type(told).__name__).rstrip(".")
        raise DownloadFailed(
            deferred("{name} cannot be downloaded from the Hugging Face hub: {reason}.", name=repository, reason=why),
            deferred("Check the network, then run the same command again. It continues where it stopped."),
        ) from fault


def check_space(folder: Path, needed: int, repository: str) -> None:
    """Refuse a download for which the disk is too small.

    Parameters
    ----------
    folder
        Folder that receives it, or that will.
    needed
        Size in bytes.
    repository
        Its name.

    Raises
    ------
    StoreRefused
        If less is free.
    """
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise StoreRefused(
            deferred(
                "{folder} has {free:.1f} GB free; {name} needs {needed:.1f} GB.",
                folder=folder,
                free=free / 1e9,
                name=repository,
                needed=needed / 1e9,
            ),
            deferred("Free some space or choose a folder on another disk."),
        )


def _check_model(name: str, files: Sequence[str]) -> None:
    """Refuse a repository without a classifier, or with pickled weights alone."""
    pickles = [file for file in files if file.endswith(".bin")]
    if "config.json" not in files:
        message = deferred(
            "{name} on the Hugging Face hub has no config.json: it is no image classifier of transformers or timm.",
            name=name,
        )
    elif any(file.endswith(".safetensors") for file in files):
        return
    elif pickles:
        folder = name.rpartition("/")[2]
        raise ModelRefused(
            deferred(
                "{name} on the Hugging Face hub has its weights as a pickle only ({file}), which is not downloaded "
                "unasked.",
                name=name,
                file=pickles[0],
            ),
            _download(folder, f"hf download {name} --local-dir {folder}"),
        )
    else:
        message = deferred("{name} on the Hugging Face hub has no model.safetensors.", name=name)
    place = f"{SITE}/{name}/tree/main"
    raise ModelRefused(
        message, deferred("See {address}. Download a model file of another kind, and give its path.", address=place)
    )


def _download(folder: str, command: str) -> str:
    return deferred("Download it, and give the folder {folder}: {command}", folder=folder, command=command)


def _check_set(name: str, files: Sequence[str]) -> None:
    if not any(file.endswith(".parquet") for file in files):
        folder = name.rpartition("/")[2]
        raise DataRefused(
            deferred("{name} on the Hugging Face hub holds no parquet files.", name=name),
            _download(folder, f"hf download {name} --repo-type dataset --local-dir {folder}"),
        )


def _fetch(name: str, kind: Kind, check: Callable[[str, Sequence[str]], None], say: Say) -> Path:
    """Return the folder of a repository in the cache of the hub, with all files that are read from it."""
    patterns = list(_FILES[kind])
    try:
        hub = library()
        planned = answered(
            lambda: hub.snapshot_download(name, repo_type=kind, allow_patterns=[*patterns, *_SEEN[kind]], dry_run=True),
            name,
        )
    except DownloadFailed as fault:
        if (cached := _cached(name, kind)) is not None:
            say(tr("The Hugging Face hub does not answer: {name} is taken from its cache on this machine.", name=name))
            return cached
        raise DownloadFailed(
            deferred("There is no file or folder {name} here. {reason}", name=name, reason=fault.args[0]), fault.hint
        ) from fault
    check(name, [file.filename for file in planned])
    missing = [file for file in planned if file.will_download and not file.filename.endswith(".bin")]
    needed = sum(file.file_size or 0 for file in missing)
    if missing:
        cache = Path(hub.constants.HF_HUB_CACHE)
        say(
            tr(
                "{name} needs {size} to download from the Hugging Face hub, and as much on disk, in {folder}.",
                name=name,
                size=_size(needed),
                folder=cache,
            )
        )
        check_space(cache, needed, name)
    folder = answered(lambda: hub.snapshot_download(name, repo_type=kind, allow_patterns=patterns), name)
    return Path(folder).absolute()


def _cached(name: str, kind: Kind) -> Path | None:
    """Return the folder that an earlier command downloaded, if it is complete."""
    try:
        folder = library().snapshot_download(
            name, repo_type=kind, allow_patterns=list(_FILES[kind]), local_files_only=True
        )
    except Exception:  # noqa: BLE001 - as in `answered`; the first fault says what happened
        return None
    return Path(folder).absolute()


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 0.1):.1f} MB"


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__
