"""Shared noise: fractal tiles, computed once a process and cropped for every surface; and named random streams."""

import hashlib
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

TILE_PX = 640
"""Side of a noise tile; wide enough that a 256-pixel crop rarely looks the same twice."""

TILES = {
    # kind: (fall-off of the spectrum, stretch along x); steeper falls are smoother, stretched ones are fibres
    "cloud": (1.9, 1.0),
    "lump": (1.35, 1.0),
    "grain": (0.7, 1.0),
    "fibre": (1.2, 7.0),
    "bend": (3.0, 1.0),
}


def stream(*name: object) -> np.random.Generator:
    """A random generator of its own for every name, the same in every process.

    Python's `hash` is salted per process, so the name is hashed with SHA-256.
    """
    digest = hashlib.sha256("/".join(map(str, name)).encode()).digest()
    return np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest[:16], "big")))


@lru_cache(maxsize=len(TILES))
def tile(kind: str) -> Floats:
    """(TILE_PX, TILE_PX) float32 fractal noise with mean 0 and standard deviation 1; read-only."""
    fall, stretch = TILES[kind]
    rng = stream("noise tile", kind)
    fy = np.fft.fftfreq(TILE_PX)[:, None]
    fx = np.fft.rfftfreq(TILE_PX)[None] * stretch
    spectrum = np.fft.rfft2(rng.standard_normal((TILE_PX, TILE_PX)))
    # The added 0.01 keeps blotches smaller than about 100 pixels, so that a crop is never of one tone.
    field = np.fft.irfft2(spectrum / (np.hypot(fy, fx) + 0.01) ** fall, s=(TILE_PX, TILE_PX))
    scaled = np.asarray((field - field.mean()) / field.std(), np.float32)
    scaled.setflags(write=False)
    return scaled


def noise(kind: str, shape: tuple[int, int], rng: np.random.Generator, scale: float = 1.0) -> Floats:
    """(H, W) float32 crop of a tile at a random place; `scale` > 1 makes the pattern coarser."""
    height, width = shape
    rows, columns = max(2, int(height / scale)), max(2, int(width / scale))
    rows, columns = min(rows, TILE_PX), min(columns, TILE_PX)
    top = int(rng.integers(0, TILE_PX - rows + 1))
    left = int(rng.integers(0, TILE_PX - columns + 1))
    crop = tile(kind)[top : top + rows, left : left + columns]
    if (rows, columns) == shape:
        return np.asarray(crop)
    return np.asarray(cv2.resize(crop, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
