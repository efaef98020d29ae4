"""How an overlay comes about, what it cannot tell, and the papers behind both."""

from dataclasses import dataclass

import streamlit as st

_READING_PX = 760


def show() -> None:
    """The method in two screens, at a width that can be read."""
    with st.container(width=_READING_PX):
        st.header("Method", anchor="method")
        st.markdown(_METHOD)
        st.header("What a map cannot tell", anchor="limits")
        st.markdown(_LIMITS)
        st.header("Papers", anchor="papers")
        st.markdown("\n".join(f"{number}. {paper.line}" for number, paper in enumerate(PAPERS, start=1)))


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that is cited; `address` is where it can be read, where that is free."""

    authors: str
    title: str
    place: str
    address: str = ""

    @property
    def line(self) -> str:
        """How it is listed."""
        link = f" [{self.address.removeprefix('https://')}]({self.address})" if self.address else ""
        return f"{self.authors}: *{self.title}.* {self.place}.{link}"


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
"""What is cited, in the order of the numbers in the text."""

_METHOD = r"""
**Hide and ask.** The model answers the same picture again and again, each time with other parts of it hidden; each such
answer is an *evaluation*. What the answer loses when a part is hidden, and gains when it is shown, is that part's say.

**It adds up.** For every class, exactly:

$$\text{logit} = \text{base} + \sum_{\text{regions}} \text{value}$$

The *base* is the logit of the picture with all of it hidden: what the model leans to anyway. Red regions have values
above zero, blue ones below. The line under each overlay is this sum.

**Shapley's division, and Owen's.** Parts work together: a cloth may count only where there is also a plate. A fair
division is known (4): show the parts in some order, note what each adds when its turn comes, and take the mean over all
orders. SHAP brought it to models (3). Over tens of thousands of pixels it cannot be computed. The *partition* values
here are Owen's (5): the picture is halved, the halves are halved, and so on, and only those orders count in which all
of a rectangle is shown in one go. They add up as Shapley's do, but they **are not Shapley values of the pixels**: other
halvings give other values. The cuts are straight and know nothing of what is in the picture, so the edge of a region is
no edge of a thing.

**Evaluations.** The search halves next what matters most for the likeliest classes. Where it stops, a region keeps its
value, spread evenly over its pixels. Three hundred evaluations make some thirty regions, ten thousand some 275. More
make a map finer, not truer: the value of a coarse region is divided among its parts, not corrected.

**The other method.** *Regions along edges* cuts the picture where it changes, shows and hides each region by a fair
coin, and fits the logits by a sum over what is shown, an idea of LIME's (12). Its values are near Banzhaf's (13): what
the logit gains with a region, on average over all that may be shown besides. They sum up as well, have standard errors,
and are neither Owen's nor Shapley's: compare maps of one method only.

**What the mask does.** A model cannot be shown nothing. Hidden parts show a blurred copy of the picture, a colour, or
what was painted over them, so all evidence is evidence *compared with that*. A wide blur leaves the colours: a red
table under a red blur gets less say than it has. A narrow one leaves shapes. Black hides all, but draws edges of its
own, and black may speak for a class. Explain shows the fully hidden picture and what the model says of it. There is no
right choice (6): ask with two masks, and believe what both say.

**Why logits.** They are what the network adds up before they are squeezed into probabilities, and only they can be
divided exactly. A class with a probability of 0.1% can have much red: its logit is high, another's is higher.

**Why this rather than that.** Therefore the contrast comes first: the map of one class less the map of the other. What
speaks for both cancels. Its sum, with the base, is the difference of two logits: the logarithm of the odds between the
classes.
"""

_LIMITS = """
* **It is about the model, not about the dish,** and about this one picture. Red on a cloth says that this answer leans
  on the cloth. It does not say that the model knows what a cloth is, nor what it would do elsewhere.
* **Where evidence lies does not say whether the answer is right.** Wrong answers have tidy maps, too.
* **Parts that could stand in for each other share one say.** Two ravioli where one would do look half as important
  each, and a part that counts only together with another gets a share of what both do.
* **Half-hidden pictures are strange to the model.** It never learned from any; some of what it says of them is about
  their strangeness.
* **Mask, halving and budget are choices.** Compare only maps with the same settings: equal red is equal evidence on one
  scale, and on no other.
* **A pretty map proves nothing.** Some methods draw much the same when the network's weights are random (7), or another
  map when all pictures are changed by a constant that changes no answer (8). Values that come from the answers alone,
  as here, follow the model; whether they tell people anything is another question.
* **People who were studied with such maps were not always helped.** With them, they foresaw a network's answers
  somewhat better, and still not well (9). Maps helped no more than the most similar pictures that the model had learned
  from, and on kinds of dogs people with maps did worse than the model alone (10). Explanations made people trust wrong
  answers, too, and did not let them tell right from wrong (11).

So take a map for a question, not for an answer: look at several mistakes, beside pictures that the model gets right,
and test what you think you see by changing the picture.
"""
