"""Keyboard shortcuts, for the buttons that have them and for the list on About."""

from dataclasses import dataclass

PREVIOUS = "Left"
NEXT = "Right"
CANCEL = "Esc"
VERDICTS = ("1", "2", "3", "4", "5")
"""Keys of the kinds of verdicts, in their order."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Key as people call it, its effect, and the pages where it works."""

    key: str
    effect: str
    where: str


SHORTCUTS = (
    Shortcut(
        "← left arrow",
        "Go to the previous mistake of the pair, with the same settings",
        "Explain, Trust, Compare, Models",
    ),
    Shortcut(
        "→ right arrow",
        "Go to the next mistake of the pair, with the same settings",
        "Explain, Trust, Compare, Models",
    ),
    Shortcut("← → arrows", "Go to the previous or the next step of the story", "Present"),
    Shortcut("← → arrows", "Go to the previous or the next pair, by frequency", "Evidence, Repair"),
    Shortcut("← → arrows", "Turn the pages of the gallery", "Confusions"),
    Shortcut("← → arrows", "Go to the previous or the next suspicious label", "Data, labels one by one"),
    Shortcut(
        "1 to 5",
        "Give the selected pictures a verdict",
        "Confusions, with verdicts to several switched on; Data, where labels are reviewed",
    ),
    Shortcut("Esc", "Stop computing and keep what is there so far", "Explain, Trust, Compare, Models"),
    Shortcut("+, -, 0 and arrows", "Enlarge all pictures, show them whole, move them", "a picture that has the focus"),
    Shortcut("Tab, Shift and Tab", "Go to the next or the previous control", "everywhere"),
    Shortcut("← → in a slider", "Move one step down or up", "everywhere"),
    Shortcut("↵ Enter, Space", "Press the button or open the list that has the focus", "everywhere"),
    Shortcut("↑ ↓ and letters in a list", "Go through its entries, or search them by name", "everywhere"),
)
"""All shortcuts, the project's own first."""
