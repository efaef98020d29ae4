"""Findings of the import checks, as sentences, figures and JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["preprocessing", "labels", "outputs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One likely fault of how a model was imported.

    Attributes
    ----------
    kind
        Part of the import that the finding is about.
    fault
        Short name of the fault, such as "channels" or "swapped labels"; programs compare it.
    sentence
        Observation with its figures, for people.
    cure
        Cure in a sentence.
    settings
        Values of `ModelSpec` that cure it, by field name; empty where no setting does.
    """

    kind: Kind
    fault: str
    sentence: str
    cure: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """Result of the import checks of one study.

    Attributes
    ----------
    findings
        Likely faults, the most certain first; empty for a sound import.
    pictures
        Number of labelled pictures that preprocessing was compared on.
    alternatives
        Number of other preprocessings that were tried.
    evaluations
        Forward passes that the checks took.
    """

    findings: tuple[Finding, ...] = ()
    pictures: int = 0
    alternatives: int = 0
    evaluations: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values, which `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "ImportReport":
        """Build a report from what `to_json` returned.

        Raises
        ------
        KeyError, TypeError
            If the content is not a report.
        """
        known = dict(content)
        found: Sequence[Mapping[str, Any]] = known.pop("findings")
        return cls(findings=tuple(Finding(**finding) for finding in found), **known)
