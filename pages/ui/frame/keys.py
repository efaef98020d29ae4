"""The keyboard: which key does what, once for the buttons that have it and for the page that lists them."""

from dataclasses import dataclass

PREVIOUS = "Left"
NEXT = "Right"
CANCEL = "Esc"


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the keyboard map: the key as people call it, what it does, and on which page."""

    key: str
    does: str
    where: str


MAP = (
    Key(
        "← left arrow",
        "The mistake before this one, in the same pair and with the same settings",
        "Explain, Trust, Compare",
    ),
    Key("→ right arrow", "The next mistake of the pair, with the same settings", "Explain, Trust, Compare"),
    Key("Esc", "Stop computing; what is there so far stays", "Explain, Trust, Compare"),
    Key("Tab, Shift and Tab", "The next and the previous control", "everywhere"),
    Key("← → in a slider", "One step down or up", "everywhere"),
    Key("↵ Enter, Space", "Press the button or open the list that has the focus", "everywhere"),
    Key("↑ ↓ and letters in a list", "Go through its entries, or search them by name", "everywhere"),
)
"""What the keyboard does, the project's own keys first."""
