"""Parts of a preprocessing as short texts, as commands take them and studies store them."""

import re
from collections.abc import Mapping
from typing import get_args

from xai_core.errors import SettingRefused
from xai_core.language import deferred
from xai_core.model.spec import Channels, Interpolation
from xai_core.model.spec_parts import Preprocessing, Resize

NAMES = ("size", "resize", "interpolation", "range", "mean", "std", "channels")
"""Names of the texts."""

RANGES = {"0..1": (0.0, 1.0), "0..255": (0.0, 255.0), "-1..1": (-1.0, 1.0)}
"""Value ranges by their texts."""


def read_options(texts: Mapping[str, str | None]) -> Preprocessing:
    """Return the parts that texts name, such as {"size": "224x192", "resize": "short:256"}.

    Raises
    ------
    SettingRefused
        If a text is wrong; the message names it, what was found and what was expected.
    """
    given = {name: text.strip() for name, text in texts.items() if text is not None and name in NAMES}
    return Preprocessing(
        input_size=_size(given["size"]) if "size" in given else None,
        resize=_resize(given["resize"]) if "resize" in given else None,
        interpolation=_one_of("interpolation", given.get("interpolation"), get_args(Interpolation)),
        value_range=RANGES[found] if (found := _one_of("range", given.get("range"), tuple(RANGES))) else None,
        mean=_three("mean", given["mean"]) if "mean" in given else None,
        std=_three("std", given["std"]) if "std" in given else None,
        channels=_one_of("channels", given.get("channels"), get_args(Channels)),
    )


def write_options(parts: Preprocessing) -> dict[str, str]:
    """Return the texts of parts, which `read_options` reads."""
    texts: dict[str, str] = {}
    if parts.input_size is not None:
        texts["size"] = "x".join(map(str, parts.input_size))
    if parts.resize is not None:
        texts["resize"] = _resize_text(parts.resize)
    if parts.interpolation is not None:
        texts["interpolation"] = parts.interpolation
    if parts.value_range is not None:
        texts["range"] = "..".join(f"{value:g}" for value in parts.value_range)
    for name, values in (("mean", parts.mean), ("std", parts.std)):
        if values is not None:
            texts[name] = ",".join(repr(value) for value in values)
    if parts.channels is not None:
        texts["channels"] = parts.channels
    return texts


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})(?:\s*[x,]\s*(\d{1,5}))?", text)
    sizes = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if min(sizes) < 1:
        raise SettingRefused(
            "size", repr(text), deferred("pixels of a square such as 224, or height x width such as 224x192")
        )
    return sizes


def _resize(text: str) -> Resize:
    if text == "stretch":
        return text
    if found := re.fullmatch(r"short:(\d{1,5})", text):
        return int(found[1])
    if found := re.fullmatch(r"crop_pct:(0?\.\d+|1|1\.0*)", text):
        return float(found[1])
    raise SettingRefused(
        "resize",
        repr(text),
        deferred(
            "stretch, short:PIXELS for the short side before the crop, or crop_pct:SHARE of it that the crop keeps"
        ),
    )


def _resize_text(resize: Resize) -> str:
    if isinstance(resize, str):
        return resize
    return f"crop_pct:{resize!r}" if isinstance(resize, float) else f"short:{resize}"


def _three(name: str, text: str) -> tuple[float, float, float]:
    try:
        values = [float(part) for part in re.split(r"[,\s]+", text.strip("[]() "))]
    except ValueError:
        values = []
    if len(values) == 1:
        values *= 3
    if len(values) != 3 or not all(abs(value) < 1e6 for value in values) or (name == "std" and min(values) <= 0):
        expected = (
            deferred("three numbers between commas, one per channel, all above 0")
            if name == "std"
            else deferred("three numbers between commas, one per channel")
        )
        raise SettingRefused(name, repr(text), expected)
    return values[0], values[1], values[2]


def _one_of(name: str, text: str | None, known: tuple[str, ...]) -> str | None:
    if text is None or text.lower() in known:
        return None if text is None else text.lower()
    raise SettingRefused(name, repr(text), deferred("one of {names}", names=", ".join(known)))
