"""Controls of how maps are drawn, which cost no evaluation.

A colour map is an entry of `PALETTES` in `xai_core.render`, and a backdrop an entry of `BACKDROPS` there. A new entry
appears in these controls by itself.
"""

from collections.abc import Collection
from dataclasses import dataclass

from pages.ui.controls import colour_scale
from pages.ui.frame import choices
from xai_core.explain.colour_scale import OWN_SCALES, ColourScale
from xai_core.explain.figures import units
from xai_core.explain.wording import NOISE_HIDDEN, NOISE_SHOWN, noise_help
from xai_core.language import tr
from xai_core.palettes import PALETTES, Palette
from xai_core.render import BACKDROPS
from xai_core.settings.engine_table import ENGINES
from xai_core.study.study import Study

NOISE = {"hide": "Hidden", "show": "Coloured too"}
"""Ways of drawing regions within noise, by their text in the URL."""


@dataclass(frozen=True, slots=True)
class Display:
    """Backdrop, opacity, colours, noise and scale of the maps on a page. A change costs no evaluation.

    Attributes
    ----------
    opacity
        Opacity of the full colour, 0 to 1.
    backdrop
        One of `render.BACKDROPS`.
    palette
        Colours of the evidence.
    noise
        How regions within noise are drawn, one of `NOISE`; None if the values have no standard errors.
    scale
        Choice of the colour scale.
    unit
        Unit of the figures below and on the maps, one of `units.UNITS`.
    """

    opacity: float
    backdrop: str
    palette: Palette
    noise: str | None = None
    scale: ColourScale = OWN_SCALES
    unit: str = units.LOGIT

    @property
    def hides_noise(self) -> bool:
        """True if regions within noise have no colour."""
        return self.noise == "hide"

    @property
    def noise_legend(self) -> str:
        """Sentence of the legend on regions within noise.

        It is "" if the values have no standard errors.
        """
        if self.noise is None:
            return ""
        return tr(NOISE_HIDDEN) if self.hides_noise else tr(NOISE_SHOWN)


def choose_display(*, engines: Collection[str] = (), study: Study | None = None) -> Display:
    """Draw the controls of the display, and return the choice.

    Parameters
    ----------
    engines
        Engines of the maps on the page. If one of them estimates errors, there is a control for regions within noise.
    study
        Study of the maps; None for a page whose maps have a scale that cannot be chosen.
    """
    backdrop = choices.box(
        "under",
        BACKDROPS,
        "Show the evidence as",
        noun="way of showing the evidence",
        hint="Shown is grey.",
        help_text=_BACKDROP,
    )
    opacity = choices.slider(
        "opacity",
        range(10, 101, 5),
        "Opacity, percent",
        default=85,
        noun="opacity",
        hint="It is 10 to 100, in steps of 5.",
        help_text=_OPACITY,
        disabled=backdrop == "spotlight",
    )
    colours = choices.box(
        "colours",
        {name: name.capitalize() if palette.safe else f"{name.capitalize()} *" for name, palette in PALETTES.items()},
        "Colours",
        noun="pair of colours",
        hint=f"Shown is {next(iter(PALETTES))}.",
        help_text="Colour-blind readers cannot tell the colours marked * apart.",
    )
    noise = None
    if any(ENGINES[name].estimates_errors for name in engines):
        noise = choices.segmented(
            "noise",
            NOISE,
            "Regions within noise",
            noun="setting for regions within noise",
            hint="It is hide or show. They are hidden.",
            help_text=noise_help(),
        )
    scale = OWN_SCALES if study is None else colour_scale.choose_scale(study)
    unit = units.LOGIT
    if engines:
        unit = choices.segmented(
            "unit",
            {name: tr(found.title) for name, found in units.UNITS.items()},
            "Figures in",
            noun="unit",
            hint=f"It is {', '.join(units.UNITS)}. Shown are logits.",
            help_text="\n\n".join(f"**{tr(found.title)}.** {tr(found.meaning)}" for found in units.UNITS.values()),
        )
    return Display(opacity / 100, backdrop, PALETTES[colours], noise, scale, unit)


_BACKDROP = (
    "The spotlight shows the photograph only where evidence for the named class lies, and the rest in dark grey. The "
    "other ways show evidence for the class and against it in two colours."
)
_OPACITY = "How strongly the strongest evidence covers the picture. Costs no evaluation."
