"""Errors that xai_core raises on purpose; pages and the command line catch `XaiError` and nothing wider."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from xai_core.language import deferred, mark, shown


class XaiError(Exception):
    """Fault that the reader of its message can act on.

    Attributes
    ----------
    hint
        Advice that removes the fault, as a sentence; empty where there is none.
    argument
        Name of the argument that the advice is about, such as "labels"; empty where it is about none. A command line
        can add the name of its option to the message.
    """

    def __init__(self, message: str, hint: str = "", argument: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        self.argument = argument

    @property
    def hint(self) -> str:
        """Advice that removes the fault."""
        return self._hint

    @hint.setter
    def hint(self, hint: str) -> None:
        self._hint = hint
        # A traceback, as in a notebook, prints notes below the message; str() stays the message alone.
        self.__notes__ = [hint] if hint else []

    def __reduce__(self) -> tuple[Callable[..., "XaiError"], tuple[Any, ...]]:
        """Describe a copy for another process.

        Subclasses compose their messages from arguments of their own, which a plain copy would be made without.
        """
        return _copied, (type(self), self.args, self.__dict__)

    @property
    def sentence(self) -> str:
        """Message and advice in one paragraph, in the reader's language."""
        # Japanese has no blank after the end of a sentence.
        message = shown(self.args[0])
        return f"{message}{'' if message.endswith('。') else ' '}{shown(self.hint)}".strip()


def _copied(kind: type[XaiError], arguments: tuple[Any, ...], state: Mapping[str, Any]) -> XaiError:
    fault = kind.__new__(kind, *arguments)
    fault.__dict__.update(state)
    return fault


class DataRefused(XaiError):
    """Labelled set of pictures that cannot be used as it is."""

    def __init__(self, message: str, hint: str = "", argument: str = "data") -> None:
        super().__init__(message, hint, argument)


class DataMissing(DataRefused):
    """Labelled set of pictures that is absent or incomplete."""

    def __init__(self, root: Path, missing: str, hint: str = "") -> None:
        message = deferred(
            "The data set under {root} is not complete: {missing} is missing.", root=root, missing=missing
        )
        super().__init__(message, hint or deferred("Give the whole set, fully unpacked."))


class DataNotFound(DataMissing):
    """Path of a labelled set at which there is nothing."""

    def __init__(self, root: Path, kind: str = mark("folder")) -> None:
        message = deferred("There is no {kind} {name}.", kind=deferred(kind), name=root)
        DataRefused.__init__(self, message, deferred("Check the path."))


class DownloadFailed(XaiError):
    """Archive that cannot be fetched."""


class PictureUnreadable(XaiError):
    """Picture file that is missing, damaged or not a picture.

    Attributes
    ----------
    image_id
        The picture.
    reason
        The reason in English, for files; the message has its translation.
    """

    def __init__(self, image_id: str, reason: str) -> None:
        message = deferred("The picture {picture} cannot be read: {reason}.", picture=image_id, reason=deferred(reason))
        super().__init__(message, deferred("Restore the file, then try again."))
        self.image_id = image_id
        self.reason = reason


class HelperFailed(XaiError):
    """Helper process that ended before it answered."""


class WorkersRefused(XaiError):
    """Workers that cannot be started, or cannot do the work."""


class WorkerDied(XaiError):
    """Item of work that its workers died on."""


class UploadRefused(XaiError):
    """Uploaded file that is not an accepted picture."""


class NameUnknown(XaiError):
    """Name of a class, picture or study that does not exist."""

    def __init__(self, kind: str, name: str, close: Iterable[str] = (), hint: str = "") -> None:
        near = ""
        for each in reversed(tuple(close)):
            near = deferred("{first} or {rest}", first=each, rest=near) if near else each
        message = deferred("There is no {kind} {name!r} here.", kind=deferred(kind), name=name)
        super().__init__(message, deferred("Did you mean {names}?", names=near) if near else hint)


class NameAmbiguous(XaiError):
    """Class of the data that fits two labels of the model, or two classes that fit one label."""

    def __init__(self, message: str) -> None:
        super().__init__(message, deferred("Give labels that are spelled as the classes of the data are."), "labels")


class ModelRefused(XaiError):
    """Model file that cannot be used as it is."""


class SettingRefused(XaiError):
    """Setting outside its range. The arguments are texts, perhaps `deferred`."""

    def __init__(self, name: str, found: object, expected: str) -> None:
        found = found if isinstance(found, str) else str(found)
        message = deferred("{name} is {found}; expected {expected}.", name=name, found=found, expected=expected)
        super().__init__(message, argument=name)


class PaintRequestRefused(XaiError):
    """Number or seed of demo pictures that cannot be painted."""


class StudyRefused(XaiError):
    """Study that is damaged, or whose data or model have changed since it was created."""


class StudyTooNew(StudyRefused):
    """Study in a format that only a later version of this program reads."""

    def __init__(self, path: str, found: int, known: int, written_by: object, version: str) -> None:
        is_known = isinstance(written_by, str) and written_by
        writer = deferred("version {version}", version=written_by) if is_known else deferred("a later version")
        super().__init__(
            deferred(
                "{path} has format {found}, written by {writer} of this program. This is version {version}, which "
                "reads formats up to {known}.",
                path=path,
                found=found,
                writer=writer,
                version=version,
                known=known,
            ),
            deferred("Open it with {writer}. Nothing was changed.", writer=writer),
        )


class PackageMissing(XaiError):
    """Optional package that is not installed."""

    def __init__(self, package: str, purpose: str, extra: str) -> None:
        message = deferred("{purpose} needs the package {package}.", purpose=purpose, package=package)
        super().__init__(message, deferred("Install it: {command}", command=f'pip install ".[{extra}]"'))


class ExportFailed(XaiError):
    """Report that could not be written in a format."""


class NotAllowed(XaiError):
    """Action that the role of a visitor, or the server, does not allow."""


class LimitReached(XaiError):
    """Request beyond what one visitor, or all visitors together, may ask of a server."""


class StoreRefused(XaiError):
    """File that the disk does not take because it is full, read-only or in use."""


class ExplanationFailed(XaiError):
    """Failure of the model or of a worker during an explanation."""


class OutputsNotFinite(ExplanationFailed):
    """Outputs of a model that are NaN or infinite."""


class ExplanationDamaged(XaiError):
    """File that should hold an explanation and does not."""


class ExplanationUnreadable(XaiError):
    """File of an explanation that is missing or cannot be opened."""

    def __init__(self, path: Path, reason: str) -> None:
        message = deferred("The file {path} cannot be read: {reason}.", path=path, reason=reason)
        super().__init__(message, deferred("Check the path."), "path")


class VerdictOvertaken(XaiError):
    """Verdict that was not written because somebody else wrote one on the same picture first.

    Attributes
    ----------
    version
        Version of the other verdict, which the message quotes.
    """

    def __init__(self, message: str, hint: str, version: int) -> None:
        super().__init__(message, hint)
        self.version = version


class VerdictsDamaged(XaiError):
    """File that should hold verdicts and does not."""
