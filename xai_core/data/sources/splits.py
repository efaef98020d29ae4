"""Names of splits and the choice of one."""

from collections.abc import Sequence
from pathlib import Path

from xai_core.errors import DataRefused
from xai_core.language import deferred

KINDS = {
    "test": ("test", "testing", "test_set"),
    "validation": ("validation", "val", "valid", "dev", "eval", "evaluation", "validation_set"),
    "train": ("train", "training", "train_set", "training_set"),
}
"""Names that people give to each kind of split; the kinds are in the order in which a study takes one."""

WHOLE = "all"
"""Name of the split of a set that has no splits."""


def kind_of(name: str) -> str | None:
    """Return the kind of a split by its name, or None."""
    plain = name.lower().replace("-", "_")
    return next((kind for kind, names in KINDS.items() if plain in names), None)


def candidates(found: Sequence[str], wanted: str | None, root: Path) -> tuple[str, ...]:
    """Return the splits to take, the best first. A caller takes the first one that has pictures.

    Parameters
    ----------
    found
        Names of the splits of a set, at least one.
    wanted
        Name of a split, or of its kind; None for the usual one.
    root
        The set, for messages.

    Raises
    ------
    DataRefused
        If there is no such split, or several and none of a known kind.
    """
    if wanted is not None:
        if wanted in found:
            return (wanted,)
        kind = kind_of(wanted)
        same = tuple(name for name in found if name.lower() == wanted.lower() or (kind and kind_of(name) == kind))
        if not same:
            message = (
                deferred("The data set under {root} has no splits, and none called {wanted}.", root=root, wanted=wanted)
                if tuple(found) == (WHOLE,)
                else deferred(
                    "The data set under {root} has the splits {names}, and none called {wanted}.",
                    root=root,
                    names=_listed(found),
                    wanted=wanted,
                )
            )
            raise DataRefused(message, "", "split")
        return same
    if len(found) == 1:
        return (found[0],)
    ranked = tuple(name for kind in KINDS for name in found if kind_of(name) == kind)
    if not ranked:
        message = deferred("The data set under {root} has the splits {names}.", root=root, names=_listed(found))
        raise DataRefused(message, deferred("Choose one."), "split")
    return ranked


def describe(taken: str, found: Sequence[str], wanted: str | None) -> str:
    """Return a clause on the split that was taken."""
    others = [name for name in found if name != taken]
    if wanted is None and others:
        return deferred("the split {split} (there also: {others})", split=taken, others=", ".join(others))
    return deferred("no split") if taken == WHOLE else deferred("the split {split}", split=taken)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
