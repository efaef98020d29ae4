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
)
"""Cited papers in the order of the numbers in the text."""

METHOD = r"""
**Hide and measure.** The model sees the same picture again and again, each time with other regions hidden. Each such
run of the model is an *evaluation*. How much a class's logit falls when a region is hidden, and rises when it is shown,
gives the region's value.

**Values add up.** For every class, exactly:

$$\text{logit} = \text{base} + \sum_{\text{regions}} \text{value}$$

The *base* is the logit of the picture with all regions hidden. Red regions have positive values, and blue regions
negative ones. The line under each overlay is this sum.

**Shapley values and Owen values.** Regions work together. For example, a cloth may count only if there is a plate too.
A fair division is known (4): show the regions one by one in some order, note how much each adds when it is shown, and
take the mean over all orders. SHAP brought this to models (3). For tens of thousands of pixels it cannot be computed.
The *partition* engine computes Owen values (5) instead: it halves the picture, then halves the halves, and so on, and
uses only orders in which all of a rectangle is shown in one go. Owen values add up as Shapley values do, but they **are
not Shapley values of the pixels**. Other cuts give other values. The cuts are straight and do not depend on the
picture, so the edge of a region is not the edge of a thing.

**Evaluations.** The search first halves the rectangles that matter most for the most probable classes. Where it stops,
a region keeps its value, spread evenly over its pixels. Three hundred evaluations give about thirty regions, and ten
thousand about 275. More evaluations make a map finer, but not more correct: the value of a coarse region is divided
among its parts, not corrected.

**The other engine.** *Regions along edges* cuts the picture where it changes. It shows or hides each region by a fair
coin, and fits the logits by a sum over the shown regions, which is an idea of LIME (12). The values are close to
Banzhaf values (13): the gain of the logit when the region is shown, averaged over everything else that may be shown.
They add up as well, and they have standard errors. They are neither Owen values nor Shapley values, so compare only
maps of the same engine.

**Masks.** A model cannot see nothing. Hidden regions are filled with a blurred copy of the picture, with a colour, or
by inpainting, so all evidence is *relative to that*. A wide blur leaves colours: a red table under a red blur gets less
evidence than it has. A narrow blur leaves shapes. Black hides everything, but it adds edges of its own, and black can
itself be evidence for a class. Explain shows the fully hidden picture with the model's prediction for it. No choice is
right (6). Use two masks, and trust what both show.

**Why logits.** The network adds up logits before it turns them into probabilities, and only logits can be divided
exactly. A class with a probability of 0.1% can have much red, because its logit is high and that of another class is
higher.

**Why A rather than B?** For the same reason the contrast comes first: the map of one class minus the map of the other.
Evidence for both cancels out. The sum of a contrast, with the base, is the difference of the two logits, which is the
logarithm of the odds between the classes.
"""
"""How maps are made, with numbers of papers in brackets."""

LIMITS = """
* **A map is about the model, not about the dish,** and about this one picture. Red on a cloth means that this
  prediction depends on the cloth. It does not mean that the model knows what a cloth is, and it does not show what the
  model does with other pictures.
* **Where the evidence lies does not show whether the prediction is right.** Wrong predictions have tidy maps too.
* **Parts that can replace each other share the evidence.** If one of two ravioli would be enough, each of them gets
  half. A part that counts only together with another gets a share of what both do.
* **Half-hidden pictures are unusual for the model.** It was not trained on any. Part of its response is to how unusual
  they are.
* **Mask, cuts and number of evaluations are choices.** Compare only maps with the same settings. Equal red is equal
  evidence on one scale, and on no other.
* **A convincing map proves nothing.** Some methods draw nearly the same map when the network's weights are random (7),
  or another map when all pictures are changed by a constant that changes no prediction (8). Values that are computed
  from the model's output alone, as here, do follow the model. Whether they tell people anything is another question.
* **In studies with people, such maps did not always help.** With maps, people predicted a network's answers somewhat
  better, but still not well (9). Maps helped no more than the most similar training pictures, and people with maps
  recognised breeds of dogs less well than the model alone (10). Explanations also made people trust wrong answers, and
  did not help them to tell right answers from wrong ones (11).

So use a map to find a question, not an answer. Look at several mistakes, beside pictures that the model gets right, and
test what you think you see by changing the picture.
"""
"""What a map cannot tell, with numbers of papers in brackets."""
