"""Everything xai_core raises on purpose. Pages and the command line catch `XaiError` and nothing wider."""

from collections.abc import Iterable
from pathlib import Path


class XaiError(Exception):
    """A fault that its reader can act on.

    Attributes
    ----------
    hint
        The cure, as a sentence; may be empty where there is none.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def sentence(self) -> str:
        """What was found and the cure, in one paragraph."""
        return f"{self} {self.hint}".strip()


class DataMissing(XaiError):
    """The folder of pictures is absent or incomplete."""

    def __init__(self, root: Path, missing: str) -> None:
        super().__init__(
            f"The data set under {root} is not complete: {missing} is missing.",
            "Give the folder that holds food-101/images and food-101/meta, fully unpacked.",
        )


class PictureUnreadable(XaiError):
    """A picture file is missing, damaged or not a picture."""

    def __init__(self, image_id: str, reason: str) -> None:
        super().__init__(f"The picture {image_id} cannot be read: {reason}.", "Restore the file, then try again.")
        self.image_id = image_id
        self.reason = reason


class UploadRefused(XaiError):
    """A file from outside that is not a picture that is accepted."""


class NameUnknown(XaiError):
    """A class, picture or study that does not exist here."""

    def __init__(self, kind: str, name: str, close: Iterable[str] = (), hint: str = "") -> None:
        near = " or ".join(close)
        super().__init__(f"There is no {kind} {name!r} here.", f"Did you mean {near}?" if near else hint)


class ModelRefused(XaiError):
    """A model file that cannot be used as it is."""


class SettingRefused(XaiError):
    """A setting outside its range."""

    def __init__(self, name: str, found: object, expected: str) -> None:
        super().__init__(f"{name} is {found}; expected {expected}.")


class StudyRefused(XaiError):
    """A study that is damaged, or whose data or model changed since it was made."""


class StoreRefused(XaiError):
    """The disk does not take a study or an explanation: full, or read-only."""


class ExplanationFailed(XaiError):
    """The model or the worker failed while a picture was explained."""


class ExplanationDamaged(XaiError):
    """A file that should hold an explanation and does not."""


class VerdictOvertaken(XaiError):
    """Somebody else wrote a verdict on the picture meanwhile: `version` is what its reader has read by now."""

    def __init__(self, message: str, hint: str, version: int) -> None:
        super().__init__(message, hint)
        self.version = version


class VerdictsDamaged(XaiError):
    """A file that should hold verdicts and does not."""
