"""Keyboard shortcuts, for the buttons that have them and for the list on About."""

from dataclasses import dataclass

from xai_core.language import mark

PREVIOUS = "Left"
NEXT = "Right"
CANCEL = "Esc"
VERDICTS = ("1", "2", "3", "4", "5")
"""Keys of the kinds of verdicts, in their order."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Key as people call it, its effect, and the pages where it works, as texts for `tr`."""

    key: str
    effect: str
    where: str


SHORTCUTS = (
    Shortcut(
        mark("← left arrow"),
        mark("Go to the previous mistake of the pair, with the same settings"),
        mark("Explain, Trust, Compare, Models"),
    ),
    Shortcut(
        mark("→ right arrow"),
        mark("Go to the next mistake of the pair, with the same settings"),
        mark("Explain, Trust, Compare, Models"),
    ),
    Shortcut(mark("← → arrows"), mark("Go to the previous or the next step of the story"), mark("Present")),
    Shortcut(mark("← → arrows"), mark("Go to the previous or the next pair, by frequency"), mark("Evidence, Repair")),
    Shortcut(mark("← → arrows"), mark("Turn the pages of the gallery"), mark("Confusions")),
    Shortcut(
        mark("← → arrows"), mark("Go to the previous or the next suspicious label"), mark("Data, labels one by one")
    ),
    Shortcut(
        mark("1 to 5"),
        mark("Give the selected pictures a verdict"),
        mark("Confusions, with verdicts to several switched on; Data, where labels are reviewed"),
    ),
    Shortcut("Esc", mark("Stop computing and keep what is there so far"), mark("Explain, Trust, Compare, Models")),
    Shortcut(
        mark("+, -, 0 and arrows"),
        mark("Enlarge all pictures, show them whole, move them"),
        mark("a picture that has the focus"),
    ),
    Shortcut(mark("Tab, Shift and Tab"), mark("Go to the next or the previous control"), mark("everywhere")),
    Shortcut(mark("← → in a slider"), mark("Move one step down or up"), mark("everywhere")),
    Shortcut(mark("↵ Enter, Space"), mark("Press the button or open the list that has the focus"), mark("everywhere")),
    Shortcut(
        mark("↑ ↓ and letters in a list"), mark("Go through its entries, or search them by name"), mark("everywhere")
    ),
)
"""All shortcuts, the project's own first."""
