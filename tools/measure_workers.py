"""Measure how far workers scale with a model that sleeps, and what a picture costs beside its evaluations.

    python tools/measure_workers.py 1 8 64

Each picture takes 200 evaluations of 10 ms and returns as much as an explanation of 101 classes does. The start of Ray
and of the workers is told apart: the rate is that of the pictures after all workers have answered once.
"""

import itertools
import os
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from ray import cloudpickle  # type: ignore[import-not-found]

from xai_core.workers.ray_pool import RayPool

EVALUATIONS, EVALUATION_S = 200, 0.01
PICTURES = 6
"""Pictures for each worker that are counted."""


class Sleeping:
    """Work of explaining with a model that sleeps."""

    def open(self) -> Callable[[bytes], tuple[int, NDArray[np.float32]]]:
        """Return what sleeps."""

        def explain(_picture: bytes) -> tuple[int, NDArray[np.float32]]:
            time.sleep(EVALUATIONS * EVALUATION_S)
            return os.getpid(), np.zeros((240, 240 + 2 * 101), np.float32)

        return explain


def main(counts: list[int]) -> None:
    """Measure some numbers of workers."""
    each = EVALUATIONS * EVALUATION_S
    for count in counts:
        began = time.perf_counter()
        with RayPool(count) as pool:
            started, seen, times = time.perf_counter(), set[int](), list[float]()
            running = pool.run(Sleeping(), (bytes(50_000) for _ in itertools.count()))
            for done in running:
                assert done.answer is not None
                seen.add(done.answer[0])
                if len(seen) == count:
                    times.append(time.perf_counter())
                if len(times) > PICTURES * count:
                    break
            running.close()  # type: ignore[attr-defined]
        took = (times[-1] - times[0]) / (len(times) - 1) * count
        sys.stdout.write(
            f"{count} workers: {each / took:.3f} of linear, {1000 * (took - each):.1f} ms a picture beside its "
            f"evaluations; Ray started in {started - began:.1f} s, the workers in {times[0] - started - each:.1f} s\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    main([int(argument) for argument in sys.argv[1:]])
