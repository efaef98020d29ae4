"""Explanation of a picture, regions with a value for every label and their provenance."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.search import ERRORS_MEAN, Uncertainty
from xai_core.errors import ExplanationDamaged, ExplanationUnreadable
from xai_core.explain.target import Target
from xai_core.explain.uncertainty_arrays import read_uncertainty, uncertainty_arrays
from xai_core.files import write_whole
from xai_core.labels import index_of, words
from xai_core.language import deferred
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings

if TYPE_CHECKING:
    import shap

_ARRAYS = ("region_of", "values", "base", "full")
_PROVENANCE = ("evaluations", "work_left", "seconds", "model_id", "picture_hash", "engine_version", "runtime", "places")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Explanation:
    """Values of a picture's regions for every label, where base + sum of values = full.

    Attributes
    ----------
    region_of : (H, W) int32
        Row of `values` that a pixel belongs to.
    values : (R, L) float32
        Value of a region for a label, in logits. `Engine.meaning` in the table of engines defines it.
    base, full : (L,) float32
        Logits of the fully hidden and of the fully shown picture.
    evaluations
        Number of forward passes of masked pictures.
    work_left
        Logits that the search had not located yet; see `Search.work_left`.
    seconds
        Computing time since the search was last resumed.
    settings, model_id, picture_hash, engine_version
        Question that this explanation answers.
    labels
        Class names in the order of the outputs.
    runtime
        Library and device that computed it.
    uncertainty
        Uncertainty of the values, if the engine estimates it; else None.
    places
        Rows and columns of the places of the last feature map by which the steering labels were fitted. None if the
        engine uses no places, or the network does not show them and was fitted as one place.
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
    places: tuple[int, int] | None = None

    @property
    def is_preview(self) -> bool:
        """True for the first answer of an engine that estimates, which follows from its prior and two evaluations."""
        return ENGINES[self.settings.engine].estimates_errors and self.evaluations == 2

    @property
    def key(self) -> str:
        """Storage key of this explanation, made from its question."""
        version = self.engine_version
        return self.settings.key(model_id=self.model_id, picture_hash=self.picture_hash, engine_version=version)

    @property
    def meaning(self) -> str:
        """Definition of the values by the engine version that computed them."""
        engine = ENGINES[self.settings.engine]
        return engine.earlier.get(self.engine_version, engine.meaning)

    def map(self, label: str) -> NDArray[np.float32]:
        """Return the map of a label, its values spread evenly over the pixels of their regions.

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
        """Return the map of why `a` rather than `b`.

        It is exact, because values are in logits and add up for each label.

        Parameters
        ----------
        a, b
            Names of the labels.

        Returns
        -------
        (H, W) float32, in logits; it sums to the margin of `a` over `b` minus that of the hidden picture.

        Raises
        ------
        NameUnknown
            If the model has no such label.
        """
        return self.map(a) - self.map(b)

    def sum(self, label: str) -> float:
        """Return the sum of all values of a label, full - base, in logits."""
        return float(self.values[:, index_of(label, self.labels)].sum(dtype=np.float64))

    @property
    def errors(self) -> NDArray[np.float32] | None:
        """(R, L) standard errors of the values, in logits, or None if the engine estimates none."""
        return None if self.uncertainty is None else self.uncertainty.errors(self.values)

    def values_of(self, target: Target) -> NDArray[np.float32]:
        """Return the (R,) values of a label or of a contrast, in logits.

        Raises
        ------
        NameUnknown
            If the model has no such label.
        """
        values = self.values[:, index_of(target.label, self.labels)]
        if target.rather_than is None:
            return values
        contrast: NDArray[np.float32] = values - self.values[:, index_of(target.rather_than, self.labels)]
        return contrast

    def errors_of(self, target: Target) -> NDArray[np.float32] | None:
        """Return the (R,) standard errors of `values_of`, or None if the engine estimates none.

        Raises
        ------
        NameUnknown
            If the model has no such label.
        """
        if self.uncertainty is None:
            return None
        first = index_of(target.label, self.labels)
        if target.rather_than is None:
            return self.uncertainty.errors(self.values)[:, first]
        # The noise of two logits is correlated, so the errors of a contrast do not follow from those of its labels.
        second = index_of(target.rather_than, self.labels)
        return self.uncertainty.contrast_errors(first, second, self.values_of(target))

    def to_shap(self, view: NDArray[np.uint8], labels: Sequence[str]) -> "shap.Explanation":
        """Return the explanation as `shap.image_plot` draws it.

        Parameters
        ----------
        view : (H, W, 3) uint8
            Picture as the model saw it, not normalised.
        labels
            Names of the k labels to draw, in this order.

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

    def save(self, path: str | Path) -> None:
        """Write `packed` to a file, completely or not at all.

        Raises
        ------
        StoreRefused
            If the disk does not take it.
        """
        write_whole(Path(path).expanduser(), self.packed())

    @classmethod
    def load(cls, path: str | Path) -> "Explanation":
        """Read a file that `save` has written.

        Raises
        ------
        ExplanationUnreadable
            If there is no such file, or it cannot be read.
        ExplanationDamaged
            If its content is not a valid explanation.
        """
        file = Path(path).expanduser()
        try:
            content = file.read_bytes()
        except OSError as fault:
            raise ExplanationUnreadable(file, fault.strerror or str(fault)) from fault
        return cls.unpacked(content, file.name)

    @classmethod
    def unpacked(cls, content: bytes, name: str) -> "Explanation":
        """Return the explanation in the bytes of a file.

        Parameters
        ----------
        content
            Result of `packed`.
        name
            Name of the file for messages.

        Raises
        ------
        ExplanationDamaged
            If the bytes are not a valid explanation.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                return cls._checked(file)
        # Damaged bytes make zipfile, zlib, json and numpy raise a dozen unrelated types.
        except Exception as fault:
            text = deferred("{name} is not a valid explanation: {fault}.", name=name, fault=deferred(str(fault)))
            raise ExplanationDamaged(text, deferred("Compute it again.")) from fault

    def packed(self) -> bytes:
        """Return the bytes of a `.npz` file, which `unpacked` reads.

        It contains the arrays `region_of`, `values`, `base`, `full` and `labels`, and the JSON text `provenance`, which
        also defines the values. Where errors are estimated it contains `uncertainty_arrays` too. It has no pickles.
        """
        provenance = {name: getattr(self, name) for name in _PROVENANCE} | {"settings": asdict(self.settings)}
        about = {"engine": ENGINES[self.settings.engine].title, "values": self.meaning}
        provenance["about"] = about if self.uncertainty is None else about | {"errors": ERRORS_MEAN}
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        if self.uncertainty is not None:
            arrays |= uncertainty_arrays(self.uncertainty)
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
            there = np.count_nonzero(pixels)
            raise ValueError(
                deferred("its picture has {there} regions and {known} have values", there=there, known=regions)
            )
        if not arrays["base"].shape == arrays["full"].shape == (outputs,) == (len(labels),):
            raise ValueError(
                deferred("it has {names} labels and values for {outputs}", names=len(labels), outputs=outputs)
            )
        provenance = json.loads(file["provenance"].item())
        settings = ExplainSettings(**provenance.pop("settings"))
        # Older versions wrote no places, later ones may add something. JSON has no tuples.
        provenance = {name: provenance[name] for name in _PROVENANCE if name in provenance}
        found = provenance.pop("places", None)
        places = None if found is None else (int(found[0]), int(found[1]))
        # Files that older versions wrote have no errors.
        uncertainty = read_uncertainty(file, regions, outputs) if "spread" in file else None
        return cls(**arrays, labels=labels, settings=settings, **provenance, uncertainty=uncertainty, places=places)


def rounded(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round float32 to the 18 significant bits that an explanation is stored with.

    0 stays 0. The error is at most 3.8e-6 of a value (2**-18), a hundredth of float16's. The 6 cleared bits compress
    away, so that an explanation with 275 regions and 101 labels takes 100 KB.
    """
    # On the bits of a float the carry of an addition runs into the exponent, which is the correct rounding there too.
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + np.uint32(0x20)) & np.uint32(0xFFFFFFC0)).view(np.float32)
