"""Request of a page with explanation settings and display choices."""

from dataclasses import dataclass

from pages.ui.controls import display as controls_display
from xai_core.settings.explain_settings import ExplainSettings


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """Values of the controls on Explain and Trust.

    Attributes
    ----------
    settings
        Settings of the explanation. Only these decide what is computed.
    top_k
        Number of most probable classes with an overlay of their own.
    display
        How the maps are drawn.
    """

    settings: ExplainSettings
    top_k: int
    display: controls_display.Display
