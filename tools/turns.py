"""Measure how long a visitor waits for a first map while another one asks for a hundred large explanations.

Run it on an idle machine: python tools/turns.py STUDY
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from xai_core import paths
from xai_core.explain.queue.fair_queue import FIRST_MAP
from xai_core.explain.queue.job import Job
from xai_core.explain.queue.service import ExplanationService
from xai_core.explain.store import ExplanationStore
from xai_core.model.runtime import Runtime
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.settings.server_settings import ServerSettings
from xai_core.study.study import Study, open_study

LARGE = 10_000
"""Evaluations of a large explanation."""

LOOK_S = 0.005
PATIENCE_S = 120.0


def settings_of(study: Study, evaluations: int) -> ExplainSettings:
    """Return settings whose blur fits the model."""
    return ExplainSettings(evaluations=evaluations, blur_px=min(study.spec.input_size) // 2)


def first_map_seconds(
    service: ExplanationService, study: Study, model: Runtime, image_id: str, store: ExplanationStore
) -> float:
    """Return the seconds until a new visitor's map rests on `FIRST_MAP` evaluations."""
    question = study.model_view(image_id).question(model, settings_of(study, 300), store)
    began = time.monotonic()
    job = service.submit(question, session="visitor")
    while job.evaluations < FIRST_MAP:
        if job.error is not None or time.monotonic() - began > PATIENCE_S:
            sys.exit(f"No map: {job.error or 'it takes too long'}.")
        job.poll()
        time.sleep(LOOK_S)
    seconds = time.monotonic() - began
    job.cancel()
    return seconds


def measure(study: Study, model: Runtime, sessions: int, jobs: int, repeats: int) -> list[float]:
    """Return the seconds to a first map while sessions have so many large jobs together."""
    with tempfile.TemporaryDirectory() as folder:
        store = ExplanationStore(Path(folder))
        service = ExplanationService(limits=ServerSettings().limits)
        readable = [str(name) for name in study.table["image_id"][study.table["unreadable"] == ""]]
        crowd: list[Job] = [
            service.submit(
                study.model_view(name).question(model, settings_of(study, LARGE), store),
                session=f"crowd {number % sessions}",
            )
            for number, name in enumerate(readable[:jobs])
        ]
        left = threading.Event()

        def watch() -> None:
            while not left.wait(1.0):
                for job in crowd:
                    job.poll()

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            time.sleep(2.0)  # the crowd is at work
            names = readable[jobs : jobs + repeats]
            found = [first_map_seconds(service, study, model, name, store) for name in names]
            refused = sum(job.error is not None for job in crowd)
            if refused:
                sys.exit(f"{refused} of {jobs} jobs were refused.")
        finally:
            left.set()
            watcher.join()
            service.close()
        return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study")
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    study = open_study(asked.study, paths.studies_folder())
    model = study.open_runtime()
    alone = measure(study, model, 1, 0, asked.repeats)
    print(f"alone: median {statistics.median(alone):.2f} s, longest {max(alone):.2f} s")  # noqa: T201
    for sessions, words in ((1, "one visitor, whose tabs share turns"), (10, "ten sessions with turns of their own")):
        found = measure(study, model, sessions, 100, asked.repeats)
        delay = max(found) - statistics.median(alone)
        print(  # noqa: T201
            f"beside 100 x {LARGE:,} evaluations of {words}: median {statistics.median(found):.2f} s, "
            f"longest {max(found):.2f} s, so at most {delay:.2f} s later"
        )


if __name__ == "__main__":
    main()
