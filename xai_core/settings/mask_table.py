"""Table of masks, the fillings of hidden regions."""

from dataclasses import dataclass

from xai_core.language import mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """Entry of the table of masks.

    Attributes
    ----------
    title
        Name for people, after "hidden regions are filled with", a text for `tr`.
    fill
        Import path of the function that fills hidden pixels, "module:function"; see `masking`.
    blurs
        True if the fill depends on `ExplainSettings.blur_px`.
    inpaints
        True if the fill depends on which pixels are hidden, so that every masked picture is filled anew.
    takes_colour
        True if the fill is `ExplainSettings.colour`.
    """

    title: str
    fill: str
    blurs: bool = False
    inpaints: bool = False
    takes_colour: bool = False


MASKS = {
    "blur": Mask(title=mark("a box blur"), fill="xai_core.masking:box_blurred", blurs=True),
    "gaussian": Mask(title=mark("a Gaussian blur"), fill="xai_core.masking:gaussian_blurred", blurs=True),
    "inpaint_telea": Mask(title=mark("inpainting (Telea)"), fill="xai_core.masking:inpainted_telea", inpaints=True),
    "inpaint_ns": Mask(title=mark("inpainting (Navier-Stokes)"), fill="xai_core.masking:inpainted_ns", inpaints=True),
    "mean": Mask(title=mark("the mean colour"), fill="xai_core.masking:mean_coloured"),
    "colour": Mask(title=mark("one colour"), fill="xai_core.masking:plainly_coloured", takes_colour=True),
}
"""Table of masks by name; docs/architecture.md says how to add one."""
