"""Section of About on how maps are made, on their limits, and on the papers behind both."""

from dataclasses import dataclass

import streamlit as st

_READING_PX = 760


def draw_method() -> None:
    """Draw the method, its limits and the papers at a width that is easy to read."""
    with st.container(width=_READING_PX):
        st.header("Method", anchor="method")
        st.markdown(METHOD)
        st.header("What a map cannot tell", anchor="limits")
        st.markdown(LIMITS)
        st.header("Papers", anchor="papers")
        with st.expander(f"The {len(PAPERS)} papers in brackets", icon=":material/menu_book:"):
            st.markdown("\n".join(f"{number}. {paper.line}" for number, paper in enumerate(PAPERS, start=1)))


@dataclass(frozen=True, slots=True)
class Paper:
    """Cited paper. `address` is given if it can be read there for free."""

    authors: str
    title: str
    published: str
    address: str = ""

    @property
    def line(self) -> str:
        """Entry of the list of papers, in Markdown."""
        link = f" [{self.address.removeprefix('https://')}]({self.address})" if self.address else ""
        return f"{self.authors}: *{self.title}.* {self.published}.{link}"


PAPERS = (
    Paper(
        "L. Bossard, M. Guillaumin, L. Van Gool",
        "Food-101 - mining discriminative components with random forests",
        "ECCV 2014",
    ),
    Paper(
        "M. Tan, Q. V. Le",
        "EfficientNet: rethinking model scaling for convolutional neural networks",
        "ICML 2019",
        "https://arxiv.org/abs/1905.11946",
    ),
    Paper(
        "S. M. Lundberg, S.-I. Lee",
        "A unified approach to interpreting model predictions",
        "NeurIPS 2017",
        "https://arxiv.org/abs/1705.07874",
    ),
    Paper("L. S. Shapley", "A value for n-person games", "Contributions to the Theory of Games II, 1953"),
    Paper("G. Owen", "Values of games with a priori unions", "Mathematical Economics and Game Theory, 1977"),
    Paper(
        "P. Sturmfels, S. Lundberg, S.-I. Lee",
        "Visualizing the impact of feature attribution baselines",
        "Distill, 2020",
        "https://doi.org/10.23915/distill.00022",
    ),
    Paper(
        "J. Adebayo, J. Gilmer, M. Muelly, I. Goodfellow, M. Hardt, B. Kim",
        "Sanity checks for saliency maps",
        "NeurIPS 2018",
        "https://arxiv.org/abs/1810.03292",
    ),
    Paper(
        "P.-J. Kindermans, S. Hooker, J. Adebayo, M. Alber, K. T. Schütt, S. Dähne, D. Erhan, B. Kim",
        "The (un)reliability of saliency methods",
        "Explainable AI, Springer, 2019",
        "https://arxiv.org/abs/1711.00867",
    ),
    Paper(
        "A. Alqaraawi, M. Schuessler, P. Weiß, E. Costanza, N. Berthouze",
        "Evaluating saliency map explanations for convolutional neural networks: a user study",
        "IUI 2020",
        "https://arxiv.org/abs/2002.00772",
    ),
    Paper(
        "G. Nguyen, D. Kim, A. Nguyen",
        "The effectiveness of feature attribution methods and its correlation with automatic evaluation scores",
        "NeurIPS 2021",
        "https://arxiv.org/abs/2105.14944",
    ),
    Paper(
        "S. S. Y. Kim, N. Meister, V. V. Ramaswamy, R. Fong, O. Russakovsky",
        "HIVE: evaluating the human interpretability of visual explanations",
        "ECCV 2022",
        "https://arxiv.org/abs/2112.03184",
    ),
    Paper(
        "M. T. Ribeiro, S. Singh, C. Guestrin",
        "“Why should I trust you?”: explaining the predictions of any classifier",
        "KDD 2016",
        "https://arxiv.org/abs/1602.04938",
    ),
    Paper(
        "J. T. Wang, R. Jia",
        "Data Banzhaf: a robust data valuation framework for machine learning",
        "AISTATS 2023",
        "https://arxiv.org/abs/2205.15466",
    ),
    Paper(
        "Y. Liu, R. T. Witter, F. Korn, T. Alrashed, D. Paparas, C. Musco, J. Freire",
        "Kernel Banzhaf: a fast and robust estimator for Banzhaf values",
        "2024",
        "https://arxiv.org/abs/2410.08336",
    ),
    Paper(
        "B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba",
        "Learning deep features for discriminative localization",
        "CVPR 2016",
        "https://arxiv.org/abs/1512.04150",
    ),
    Paper("C. E. Rasmussen, C. K. I. Williams", "Gaussian processes for machine learning", "MIT Press, 2006"),
)
"""Cited papers in the order of the numbers in the text."""

METHOD = r"""
**Hide and measure.** The model sees the same picture many times, each time with other regions hidden. Each time is an
*evaluation*. How much a class's logit falls when a region is hidden gives the region's value.

**Values add up.** For every class, exactly:

$$\text{logit} = \text{base} + \sum_{\text{regions}} \text{value}$$

The *base* is the logit with all regions hidden. The map of one class minus that of another answers "why A rather than
B".

**Two engines.** *Regions along edges* cuts the picture where it changes, hides regions by coins, and fits the logits by
a sum over the shown regions, an idea of LIME (12). Where the network shows its last feature map, as for CAM (15), each
place is fitted by itself, and a Gaussian process (16) smooths the values. They are close to Banzhaf values (13, 14) and
have standard errors. *SHAP's partition* (3) halves the picture again and again and computes Owen values (5), a form of
Shapley's (4). Compare only maps of the same engine.

**Hidden regions** are filled with a blurred copy, a colour, or by inpainting, and all evidence is *relative to that*.
No filling is right (6). Use two, and trust what both show.
"""
"""Making of the maps, with numbers of papers in brackets."""

LIMITS = """
* **A map is about the model and this picture, not about the dish.** Red on a cloth: the prediction depends on it.
* **Wrong predictions have tidy maps too.**
* **Parts that can replace each other share the evidence.** Each of two ravioli gets half.
* **Half-hidden pictures are unusual for the model.**
* **A convincing map proves nothing.** Some methods draw nearly the same map for random weights (7), or another after a
  change that alters no prediction (8). Trust tests this for each map.
* **Maps did not always help people.** They predicted a network only somewhat better (9), similar training pictures
  helped as much (10), and explanations made them trust wrong answers too (11).

So use a map to find a question, and test it by changing the picture.
"""
"""Limits of maps, with numbers of papers in brackets."""
