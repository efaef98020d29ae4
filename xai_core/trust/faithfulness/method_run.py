"""Methods with their numbers of evaluations, as commands name them."""

from dataclasses import dataclass

from xai_core.errors import NameUnknown, SettingRefused
from xai_core.language import deferred, mark
from xai_core.settings.engine_table import ENGINES
from xai_core.trust.methods import METHODS


@dataclass(frozen=True, slots=True)
class MethodRun:
    """Method with its number of evaluations.

    Attributes
    ----------
    method
        An engine of `ENGINES`, or one of `METHODS`.
    evaluations
        Forward passes that it may spend; None for a method without a budget.
    """

    method: str
    evaluations: int | None = None

    @property
    def name(self) -> str:
        """Name in commands, for example "partition:300" or "gradcam"."""
        return self.method if self.evaluations is None else f"{self.method}:{self.evaluations}"


def parse_method_runs(methods: str, evaluations: str) -> tuple[MethodRun, ...]:
    """Return every method with every budget, in the order in which they are written.

    Repetitions are dropped.

    Parameters
    ----------
    methods
        Names separated by commas. One with its own budget, such as `partition:10000`, gets no other.
    evaluations
        Numbers separated by commas.

    Raises
    ------
    NameUnknown, SettingRefused
        If a method does not exist, or a budget is no number of at least 2.
    """
    budgets = [_parse_budget(text) for text in _split_list("evaluations", evaluations)]
    runs: dict[MethodRun, None] = {}
    for text in _split_list("methods", methods):
        if ":" in text or not _is_budgeted(text):
            runs[parse_method_run(text)] = None
        else:
            runs |= {MethodRun(text, budget): None for budget in budgets}
    return tuple(runs)


def parse_method_run(text: str) -> MethodRun:
    """Return a method and its budget from a name such as `partition:300`.

    Raises
    ------
    NameUnknown, SettingRefused
        If there is no such method, or the budget is missing, wrong, or superfluous.
    """
    method, colon, budget = text.partition(":")
    if not _is_budgeted(method):
        if colon:
            raise SettingRefused(method, text, deferred("{method} alone, as it has no budget", method=method))
        return MethodRun(method)
    if not colon:
        expected = deferred("evaluations too, such as {example}", example=f"{method}:1000")
        raise SettingRefused(method, deferred("without a budget"), expected)
    return MethodRun(method, _parse_budget(budget))


def _split_list(name: str, text: str) -> list[str]:
    items = [item.strip() for item in text.split(",") if item.strip()]
    if not items:
        raise SettingRefused(name, repr(text), deferred("at least one, with commas between them"))
    return items


def _parse_budget(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise SettingRefused("evaluations", repr(text), deferred("whole numbers of at least 2"))
    return int(text)


def _is_budgeted(method: str) -> bool:
    known = (*ENGINES, *METHODS)
    if method not in known:
        raise NameUnknown(mark("method"), method, hint=deferred("There are {names}.", names=", ".join(known)))
    return method in ENGINES or METHODS[method].budgeted
