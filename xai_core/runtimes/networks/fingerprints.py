"""Table of the tensors by which networks are recognised.

`fingerprints.json` is written by tools/make_fingerprints.py. To build every network of torchvision and timm takes
minutes. The table names the few tensors of each that are the rarest among all networks, so that only likely ones are
built.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("fingerprints.json")

_SIZED = re.compile(r"pos_?emb|position|relative|rel_pos|attn_mask|bias_table|rope|freqs|coords_table")
"""Names of tensors whose shape depends on the input size."""

SAMPLE = 12
"""Keys of each kind in a sketch."""

_SHORT = 6
"""Digits of a key in a sketch."""

COUNTER = "num_batches_tracked"
"""End of the names of counters, which play no part in inference and are missing from old files."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Networks with the same tensors.

    Attributes
    ----------
    names
        Their names, torchvision's first.
    head
        Names of the layers that give the outputs.
    tensors
        Number of tensors without those layers and without counters.
    keys
        Keys of the rarest tensors, the rarest first, see `tensor_key`.
    sketch
        Sample of the names, and of the tensors, see `make_sketch`.
    """

    names: tuple[str, ...]
    head: tuple[str, ...]
    tensors: int
    keys: tuple[str, ...]
    sketch: tuple[frozenset[str], frozenset[str]]


def tensor_key(name: str, shape: Iterable[int]) -> str:
    """Return ten hexadecimal digits for a tensor's name and shape.

    The shape of a tensor that depends on the input size does not count.
    """
    size = "*" if is_sized(name) else "x".join(map(str, shape))
    return hashlib.blake2b(f"{name}|{size}".encode(), digest_size=5).hexdigest()


def is_sized(name: str) -> bool:
    """Return True for a tensor whose shape depends on the input size."""
    return _SIZED.search(name) is not None


def name_key(name: str) -> str:
    """Return ten hexadecimal digits for a tensor's name."""
    return hashlib.blake2b(name.encode(), digest_size=5).hexdigest()


def make_sketch(shapes: Mapping[str, Iterable[int]]) -> str:
    """Return samples of the names and of the tensors of a network as text, 6 digits a key.

    The keys are hashes, and the smallest ones are an even sample: the share of them that a state dict has estimates the
    share of all. A. Z. Broder, "On the resemblance and containment of documents", 1997.
    """
    names = sorted(name_key(name) for name in shapes)[:SAMPLE]
    tensors = sorted({tensor_key(name, shape) for name, shape in shapes.items()})[:SAMPLE]
    return " ".join("".join(shorten(key) for key in keys) for keys in (names, tensors))


def shorten(key: str) -> str:
    """Return a key as a sketch has it."""
    return key[:_SHORT]


def _read_sketch(text: str) -> tuple[frozenset[str], frozenset[str]]:
    names, tensors = (
        frozenset(part[start : start + _SHORT] for start in range(0, len(part), _SHORT)) for part in text.split(" ")
    )
    return names, tensors


@cache
def fingerprints() -> tuple[Fingerprint, ...]:
    """Return the whole table."""
    rows = json.loads(FILE.read_text("utf-8"))
    return tuple(
        Fingerprint(tuple(names), tuple(head), tensors, tuple(keys), _read_sketch(sketch))
        for names, head, tensors, keys, sketch in rows
    )


@cache
def by_rarest_key() -> Mapping[str, tuple[Fingerprint, ...]]:
    """Return the networks by their rarest tensor."""
    found: dict[str, list[Fingerprint]] = defaultdict(list)
    for fingerprint in fingerprints():
        found[fingerprint.keys[0]].append(fingerprint)
    return {key: tuple(rows) for key, rows in found.items()}


@cache
def by_name() -> Mapping[str, Fingerprint]:
    """Return the row of each network."""
    return {name: fingerprint for fingerprint in fingerprints() for name in fingerprint.names}
