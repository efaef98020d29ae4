"""The answer: regions of a picture with a value for every label, and where they come from."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.search import ERRORS_MEAN, MEANINGS, TITLES, Uncertainty
from xai_core.errors import ExplanationDamaged
from xai_core.files import write_whole
from xai_core.labels import index_of, words
from xai_core.settings import ExplainSettings

if TYPE_CHECKING:
    import shap


_ARRAYS = ("region_of", "values", "base", "full")
_UNCERTAIN = ("spread", "noise", "r2")
_ABOUT = "about"
_PROVENANCE = ("evaluations", "work_left", "seconds", "model_id", "picture_hash", "engine_version", "runtime")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Explanation:
    """Why a picture got its logits: base + sum of values = full, for every label.

    Attributes
    ----------
    region_of : (H, W) int32
        Row of `values` that a pixel belongs to.
    values : (R, L) float32
        What a region is worth for a label, in logits: its SHAP (Owen) value by the engine `partition`, its
        least-squares value under fair-coin coalitions by the engine `regions`.
    base, full : (L,) float32
        Logits of the picture fully hidden and fully shown.
    evaluations
        Forward passes of masked pictures spent.
    work_left
        How much the search had still to place, in logits; see `Search.work_left`.
    seconds
        Time spent on computing since the search was last taken up.
    settings, model_id, picture_hash, engine_version
        The question that this answers.
    labels
        Class names in the order of the outputs.
    runtime
        Library and device that computed it.
    uncertainty
        How far the values may be off, from an engine that estimates them; else None.
    """

    region_of: NDArray[np.int32]
    values: NDArray[np.float32]
    base: NDArray[np.float32]
    full: NDArray[np.float32]
    evaluations: int
    work_left: float
    seconds: float
    settings: ExplainSettings
    labels: tuple[str, ...]
    model_id: str
    picture_hash: str
    engine_version: int
    runtime: str
    uncertainty: Uncertainty | None = None

    @property
    def key(self) -> str:
        """Name of the question that this answers."""
        return self.settings.key(model_id=self.model_id, picture_hash=self.picture_hash)

    def map(self, label: str) -> NDArray[np.float32]:
        """Spread the values of one label evenly over the pixels of their regions.

        Returns
        -------
        (H, W) float32, in logits; it sums to `sum(label)`.

        Raises
        ------
        NameUnknown
            If the model has no such label.
        """
        pixels = np.bincount(self.region_of.ravel())
        spread = self.values[:, index_of(label, self.labels)] / pixels
        return np.asarray(spread[self.region_of], np.float32)

    def contrast(self, a: str, b: str) -> NDArray[np.float32]:
        """Why `a` rather than `b`: (H, W) float32, in logits; exact, because logits are additive."""
        return self.map(a) - self.map(b)

    def sum(self, label: str) -> float:
        """Sum of all values of a label: full - base, in logits."""
        return float(self.values[:, index_of(label, self.labels)].sum(dtype=np.float64))

    @property
    def errors(self) -> NDArray[np.float32] | None:
        """(R, L) standard errors of the values, in logits; None from an engine that does not estimate."""
        return None if self.uncertainty is None else self.uncertainty.errors

    def contrast_errors(self, a: str, b: str) -> NDArray[np.float32] | None:
        """(R,) standard errors of what speaks for `a` rather than `b`, in logits; None as `errors`.

        Raises
        ------
        NameUnknown
            If the model has no such label.
        """
        if self.uncertainty is None:
            return None
        return self.uncertainty.contrast_errors(index_of(a, self.labels), index_of(b, self.labels))

    def to_shap(self, view: NDArray[np.uint8], labels: Sequence[str]) -> "shap.Explanation":
        """Return what `shap.image_plot` draws.

        Parameters
        ----------
        view : (H, W, 3) uint8
            The picture as the model saw it, not normalised.
        labels
            The k labels to draw, in this order.

        Returns
        -------
        shap.Explanation
            `values` (1, H, W, 3, k), every channel a third of the map; `data` (1, H, W, 3); `base_values` (1, k).
        """
        import shap  # noqa: PLC0415 - takes seconds, and few callers need it

        chosen = [index_of(label, self.labels) for label in labels]
        maps = np.stack([self.map(label) for label in labels], axis=-1)
        channels = np.repeat(maps[None, :, :, None] / 3, 3, axis=3)
        return shap.Explanation(
            values=channels,
            base_values=self.base[None, chosen],
            data=view[None],
            output_names=[words(label) for label in labels],
        )

    def save(self, path: Path) -> None:
        """Write `packed` to a file, whole or not at all.

        Raises
        ------
        StoreRefused
            If the disk does not take it.
        """
        write_whole(path, self.packed())

    @classmethod
    def load(cls, path: Path) -> "Explanation":
        """Read what `save` has written.

        Raises
        ------
        OSError
            If there is no such file, or it cannot be read.
        ExplanationDamaged
            If its content is not a sound explanation.
        """
        content = path.read_bytes()
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                return cls._checked(file)
        # Damaged bytes make zipfile, zlib, json and numpy raise a dozen unrelated types.
        except Exception as fault:
            raise ExplanationDamaged(f"{path.name} is no sound explanation: {fault}.", "Compute it again.") from fault

    def packed(self) -> bytes:
        """Bytes of a `.npz`, as `load` reads it.

        It holds `region_of`, `values`, `base`, `full` and `labels`, and as JSON text `provenance`, which also says what
        the values are; and where they are estimated `spread`, `noise` and `r2`. No pickles.
        """
        provenance = {name: getattr(self, name) for name in _PROVENANCE} | {"settings": asdict(self.settings)}
        about = {"engine": TITLES[self.settings.engine], "values": MEANINGS[self.settings.engine]}
        provenance[_ABOUT] = about if self.uncertainty is None else about | {"errors": ERRORS_MEAN}
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        if self.uncertainty is not None:
            arrays |= {name: getattr(self.uncertainty, name) for name in _UNCERTAIN}
        out = io.BytesIO()
        np.savez_compressed(out, **arrays, labels=np.array(self.labels), provenance=np.array(json.dumps(provenance)))
        return out.getvalue()

    @classmethod
    def _checked(cls, file: Mapping[str, NDArray[Any]]) -> "Explanation":
        arrays: dict[str, Any] = {name: file[name] for name in _ARRAYS}
        labels = tuple(file["labels"].tolist())
        regions, outputs = arrays["values"].shape
        pixels = np.bincount(arrays["region_of"].ravel())
        if len(pixels) != regions or not pixels.all():
            raise ValueError(f"its picture has {np.count_nonzero(pixels)} regions and {regions} have values")
        if not arrays["base"].shape == arrays["full"].shape == (outputs,) == (len(labels),):
            raise ValueError(f"it has {len(labels)} labels and values for {outputs}")
        provenance = json.loads(file["provenance"].item())
        settings = ExplainSettings(**provenance.pop("settings"))
        provenance.pop(_ABOUT, None)  # for readers elsewhere
        # Files from before there were estimates have none.
        uncertainty = _uncertainty(file, regions, outputs) if "spread" in file else None
        return cls(**arrays, labels=labels, settings=settings, **provenance, uncertainty=uncertainty)


def _uncertainty(file: Mapping[str, NDArray[Any]], regions: int, outputs: int) -> Uncertainty:
    found: dict[str, Any] = {name: file[name] for name in _UNCERTAIN}
    if [found[name].shape for name in _UNCERTAIN] != [(regions,), (outputs, outputs), (outputs,)]:
        raise ValueError(f"it has no errors for {regions} regions and {outputs} labels")
    return Uncertainty(**found)


def rounded(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round float32 to 18 significant bits, which an explanation is kept with; 0 stays 0.

    The error is at most 3.8e-6 of a value (2**-18), a hundredth of float16's. The 6 bits that it clears compress
    away, so that an explanation with 275 regions and 101 labels takes 100 KB.
    """
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + np.uint32(0x20)) & np.uint32(0xFFFFFFC0)).view(np.float32)
