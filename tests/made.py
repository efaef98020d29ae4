"""Objects that several tests use."""

import pickle

import numpy as np

from xai_core.explain.explanation import Explanation
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.workers.pool import Done


def explanation(values, *, labels, region_of=None, base=None, settings=None, uncertainty=None):
    """Make an additive explanation with (R, L) values.

    Without `region_of`, regions are single pixels in a row.
    """
    values = np.asarray(values, np.float32)
    base = np.zeros(values.shape[1], np.float32) if base is None else np.asarray(base, np.float32)
    settings = settings or ExplainSettings()
    return Explanation(
        region_of=np.asarray([range(len(values))] if region_of is None else region_of, np.int32),
        values=values,
        base=base,
        full=base + values.sum(axis=0),
        evaluations=settings.evaluations,
        work_left=0.0,
        seconds=0.0,
        settings=settings,
        labels=labels,
        model_id="model",
        picture_hash="picture",
        engine_version=1,
        runtime="toy cpu",
        uncertainty=uncertainty,
    )


class CrewHere:
    """Crew that answers in this process, from copies as workers get them.

    Attributes
    ----------
    workers
        Number of workers that it says it has.
    calls
        Items with their shared values, in the order of the calls.
    fault
        What it raises instead of an answer; None for answers.
    """

    def __init__(self):
        self.workers, self.calls, self.fault = 2, [], None
        self._answers = {}

    def answer(self, name, work, item, shared=None):
        """Answer an item (see `Crew.answer`)."""
        self.calls.append((item, shared))
        if self.fault is not None:
            raise self.fault
        if name not in self._answers:
            self._answers[name] = pickle.loads(pickle.dumps(work)).open()
        value = None if shared is None else shared.value
        return pickle.loads(pickle.dumps(self._answers[name](*pickle.loads(pickle.dumps((item, value))))))

    def forget(self):
        """Close all works, as new workers would have none open."""
        self._answers.clear()


class PoolHere:
    """Pool that answers in this process, from copies as workers get them.

    Attributes
    ----------
    items
        All items so far.
    """

    def __init__(self):
        self.items = []

    def run(self, work, items):
        """Answer items one after the other (see `WorkerPool.run`)."""
        answer = pickle.loads(pickle.dumps(work)).open()
        for item in items:
            self.items.append(item)
            yield Done(item, answer(pickle.loads(pickle.dumps(item))))
