"""Table of the colours of maps."""

from dataclasses import dataclass

from xai_core.language import mark


@dataclass(frozen=True, slots=True)
class Palette:
    """Two colours of a map, for evidence for a label and against it.

    Attributes
    ----------
    name
        Name in links, such as "red and blue", and for people by `tr`.
    towards, away
        Names of the colours of evidence for a label and against it, texts for `tr`.
    towards_rgb, away_rgb
        Red, green and blue of these colours, 0 to 255.
    safe
        True if people with any of the common colour vision deficiencies can tell the two apart.
    """

    name: str
    towards: str
    away: str
    towards_rgb: tuple[int, int, int]
    away_rgb: tuple[int, int, int]
    safe: bool = True

    @property
    def swapped(self) -> "Palette":
        """Same two colours with their roles exchanged, for the map of the reverse question."""
        return Palette(self.name, self.away, self.towards, self.away_rgb, self.towards_rgb, self.safe)


RED_BLUE = Palette(mark("red and blue"), mark("red"), mark("blue"), (220, 50, 32), (0, 90, 181))
PALETTES = {
    palette.name: palette
    for palette in (
        RED_BLUE,
        Palette(mark("orange and purple"), mark("orange"), mark("purple"), (230, 97, 0), (93, 58, 155)),
        Palette(mark("green and red"), mark("green"), mark("red"), (0, 128, 60), (200, 20, 30), safe=False),
    )
}
"""Table of palettes by name, the default first. A new palette is one entry here."""
