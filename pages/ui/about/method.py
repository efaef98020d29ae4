"""Section of About on how maps are made, on their limits, and on the papers behind both."""

import streamlit as st

from pages.ui.about.papers import PAPERS
from xai_core.language import mark, tr

_READING_PX = 760


def draw_method() -> None:
    """Draw the method, its limits and the papers at a width that is easy to read."""
    with st.container(width=_READING_PX):
        st.header(tr("Method"), anchor="method")
        st.markdown(tr(METHOD, formula=FORMULA))
        st.header(tr("What a map cannot tell"), anchor="limits")
        st.markdown(tr(LIMITS))
        st.header(tr("Papers"), anchor="papers")
        with st.expander(tr("The {number} papers in brackets", number=len(PAPERS)), icon=":material/menu_book:"):
            st.markdown("\n".join(f"{number}. {paper.line}" for number, paper in enumerate(PAPERS, start=1)))


FORMULA = r"$$\text{logit} = \text{base} + \sum_{\text{regions}} \text{value}$$"

METHOD = mark("""
**Hide and measure.** The model sees the same picture many times, each time with other regions hidden. Each time is an
*evaluation*. How much a class's logit falls when a region is hidden gives the region's value.

**Values add up.** For every class, exactly:

{formula}

The *base* is the logit with all regions hidden. The map of one class minus that of another answers "why A rather than
B".

**Two engines.** *Regions along edges* cuts the picture where it changes, hides regions by coins, and fits the logits by
a sum over the shown regions, an idea of LIME (12). Where the network shows its last feature map, as for CAM (15), each
place is fitted by itself, and a Gaussian process (16) smooths the values. They are close to Banzhaf values (13, 14) and
have standard errors. *SHAP's partition* (3) halves the picture again and again and computes Owen values (5), a form of
Shapley's (4). Compare only maps of the same engine.

**Hidden regions** are filled with a blurred copy, a colour, or by inpainting, and all evidence is *relative to that*.
No filling is right (6). Use two, and trust what both show.
""")
"""Making of the maps with its formula, and with numbers of papers in brackets."""

LIMITS = mark("""
* **A map is about the model and this picture, not about the dish.** Red on a cloth: the prediction depends on it.
* **Wrong predictions have tidy maps too.**
* **Parts that can replace each other share the evidence.** Each of two ravioli gets half.
* **Half-hidden pictures are unusual for the model.**
* **A convincing map proves nothing.** Some methods draw nearly the same map for random weights (7), or another after a
  change that alters no prediction (8). Trust tests this for each map.
* **Maps did not always help people.** They predicted a network only somewhat better (9), similar training pictures
  helped as much (10), and explanations made them trust wrong answers too (11).

So use a map to find a question, and test it by changing the picture.
""")
"""Limits of maps, with numbers of papers in brackets."""
