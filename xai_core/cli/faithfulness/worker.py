"""Evaluation of methods on single pictures, here or by workers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from xai_core.data.dataset import PictureSet
from xai_core.data.decoding import decode
from xai_core.explain import question as questions
from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.question import Question
from xai_core.explain.target import Target
from xai_core.model import preprocess
from xai_core.runtimes.helper.network import LayeredNetwork, open_layers
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.remote.explaining import check_visible, read_content
from xai_core.study.remote.model import WorkerModel
from xai_core.trust.faithfulness.evaluation import FaithfulnessEvaluator, FaithfulnessMetrics
from xai_core.trust.faithfulness.method_run import MethodRun

Metrics = dict[MethodRun, FaithfulnessMetrics]


@dataclass(frozen=True, slots=True, eq=False)
class PictureToEvaluate:
    """Picture with the methods to evaluate on it.

    Attributes
    ----------
    image_id, target
        The picture, and what its maps are for.
    missing
        Methods with their numbers of evaluations.
    known
        Metrics of some of them that lack their stability.
    content
        Content of the picture's file, if it is sent; None lets the worker read it.
    """

    image_id: str
    target: Target
    missing: tuple[MethodRun, ...]
    known: Mapping[MethodRun, FaithfulnessMetrics]
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaithfulnessWork:
    """Work of evaluating methods on pictures with one model.

    Attributes
    ----------
    model, data
        See `ExplainWork`.
    settings
        Settings that all methods share.
    seed, stability
        See `FaithfulnessRun`.
    with_network
        True if a method needs the network's gradients.
    """

    model: WorkerModel
    data: PictureSet | None
    settings: ExplainSettings
    seed: int
    stability: bool
    with_network: bool

    def open(self) -> Callable[[PictureToEvaluate], Metrics]:
        """Open the model, and its network if a method needs it (see `pool.Work`)."""
        check_visible(self.data)
        path = self.model.path_here()
        runtime = self.model.open(path)
        network = open_layers(path, self.model.spec, self.model.options.get("weights")) if self.with_network else None

        def evaluate(picture: PictureToEvaluate) -> Metrics:
            content = read_content(self.data, picture.image_id, picture.content)
            view = preprocess.view(decode(content, picture.image_id), runtime.spec)
            question = Question(runtime, view, questions.picture_hash(content), self.settings, MemoryStore())
            return dict(evaluate_methods(question, picture, seed=self.seed, network=network, stability=self.stability))

        return evaluate


def evaluate_methods(
    question: Question,
    picture: PictureToEvaluate,
    *,
    seed: int,
    network: LayeredNetwork | None,
    stability: bool,
    on_evaluations: Callable[[int], None] = lambda _evaluations: None,
) -> Iterator[tuple[MethodRun, FaithfulnessMetrics]]:
    """Evaluate methods on a picture one after the other, and yield the metrics of each.

    Parameters
    ----------
    question
        Model, picture, mask and store.
    picture
        Methods to evaluate.
    seed, network, stability
        See `FaithfulnessRun`.
    on_evaluations
        Receives the number of evaluations since its last call.
    """
    evaluator = FaithfulnessEvaluator(
        question, picture.target, seed=seed, network=network, on_evaluations=on_evaluations
    )
    # The largest number of evaluations first: an engine's smaller ones are then read off the same search.
    for run in sorted(picture.missing, key=lambda run: -(run.evaluations or 0)):
        metrics = picture.known.get(run) or evaluator.metrics(run)
        yield run, evaluator.with_stability(run, metrics) if stability else metrics
