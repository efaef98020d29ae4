"""Model that was opened, with everything that was found and assumed about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xai_core.model.runtime import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedModel:
    """Runtime of a model file, and the record of how the file was read.

    Attributes
    ----------
    runtime
        The model, ready to run.
    notes
        Sentences about everything that was assumed, chosen or left out.
    origins
        Origin of what is known of the model, as phrases. The keys are "network", "labels" and "preprocessing".
    files
        Every file that the model consists of, the given one first.
    reading
        Choice that decides the logits and is not in the spec, such as "weights=state_dict_ema"; "" where there is none.
        It is part of the model's id.
    source
        Kind of the file in words, such as "state dict of torch".
    """

    runtime: Runtime
    notes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    reading: str = ""
    source: str = ""
