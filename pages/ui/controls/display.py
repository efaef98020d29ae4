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
from xai_core.language import mark, tr, tr_all
from xai_core.palettes import PALETTES, Palette
from xai_core.render import BACKDROPS
from xai_core.settings.engine_table import ENGINES
from xai_core.study.study import Study
from xai_core.texts import listed

NOISE = {"hide": mark("Hidden"), "show": mark("Coloured too")}
"""Ways of drawing regions within noise, by their text in the URL, with their titles for `tr`."""


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
        tr_all(BACKDROPS),
        tr("Show the evidence as"),
        noun=tr("way of showing the evidence"),
        hint=tr("Shown is {name}.", name="grey"),
        help_text=tr(_BACKDROP),
    )
    opacity = choices.slider(
        "opacity",
        range(10, 101, 5),
        tr("Opacity, percent"),
        default=85,
        noun=tr("opacity"),
        hint=tr("It is 10 to 100, in steps of 5."),
        help_text=tr(_OPACITY),
        disabled=backdrop == "spotlight",
    )
    colours = choices.box(
        "colours",
        {
            name: tr(name).capitalize() if palette.safe else f"{tr(name).capitalize()} *"
            for name, palette in PALETTES.items()
        },
        tr("Colours"),
        noun=tr("pair of colours"),
        hint=tr("Shown is {name}.", name=next(iter(PALETTES))),
        help_text=tr("Colour-blind readers cannot tell the colours marked * apart."),
    )
    noise = None
    if any(ENGINES[name].estimates_errors for name in engines):
        noise = choices.segmented(
            "noise",
            tr_all(NOISE),
            tr("Regions within noise"),
            noun=tr("setting for regions within noise"),
            hint=tr("It is hide or show. They are hidden."),
            help_text=noise_help(),
        )
    scale = OWN_SCALES if study is None else colour_scale.choose_scale(study)
    unit = units.LOGIT
    if engines:
        unit = choices.segmented(
            "unit",
            {name: tr(found.title) for name, found in units.UNITS.items()},
            tr("Figures in"),
            noun=tr("unit"),
            hint=tr("It is {names}. Shown are logits.", names=listed(units.UNITS)),
            help_text="\n\n".join(f"**{tr(found.title)}.** {tr(found.meaning)}" for found in units.UNITS.values()),
        )
    return Display(opacity / 100, backdrop, PALETTES[colours], noise, scale, unit)


_BACKDROP = mark(
    "The spotlight shows the photograph only where evidence for the named class lies, and the rest in dark grey. The "
    "other ways show evidence for the class and against it in two colours."
)
_OPACITY = mark("How strongly the strongest evidence covers the picture. Costs no evaluation.")
