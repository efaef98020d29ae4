"""Request of a page: explanation settings and display choices."""

from dataclasses import dataclass

from pages.ui.controls import display as controls_display
from xai_core.settings import ExplainSettings


@dataclass(frozen=True, slots=True)
class Asked:
    """What the controls say. Only `settings` decides what is computed; the rest is a matter of display."""

    settings: ExplainSettings
    top_k: int
    display: controls_display.Display
