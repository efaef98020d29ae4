"""Papers that About cites."""

from dataclasses import dataclass


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
