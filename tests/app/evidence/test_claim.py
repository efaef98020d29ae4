"""Sentences of the claim about a pair."""

from dataclasses import replace

import pandas as pd
import pytest

from pages.ui.evidence import claim, numbers, request
from xai_core.evidence import findings
from xai_core.evidence.pair_sample import choose_pictures
from xai_core.evidence.permutation_test import group_difference

NOTHING = findings.findings([])


def found_of(mistakes, correct):
    """Findings with these shares of the evidence in the middle."""
    groups = {"mistakes": mistakes, "of_truth": correct}
    rows = [(share, group) for group, shares in groups.items() for share in shares]
    table = pd.DataFrame(rows, columns=["in_middle", "group"]).assign(for_guess=1.0, object_area=0.3)
    by_group = (table["in_middle"][table["group"] == group].to_numpy() for group in groups)
    return replace(NOTHING, numbers=table, differences={"in_middle": group_difference(*by_group)})


def claim_of(found):
    return claim.claim(found, "pork_chop", "ravioli", "in_middle")


def verdict_of(found):
    return claim.verdict(found, "pork_chop", "ravioli", "in_middle")


def agreement_of(*groups):
    """Agreement of groups of mistakes, each given as a location and a size."""
    clusters = tuple(("picture",) * size for _, size in groups)
    return claim.agreement(replace(NOTHING, clusters=clusters), [location for location, _ in groups])


def test_clear_difference_has_a_reading_a_claim_and_a_verdict():
    found = found_of([0.2, 0.21, 0.22, 0.23, 0.24], [0.5, 0.51, 0.52, 0.53, 0.54])
    assert claim.reading(found, "in_middle") == "The mistakes rest on what lies outside the middle of the picture"
    assert claim_of(found) == (
        "Of the evidence for ravioli rather than pork chop in these 5 mistakes, **22% lies in the middle half of the "
        "picture**. In 5 pictures of pork chop that the model gets right it is **52%**. Evidence spread evenly would "
        "give 50%."
    )
    assert verdict_of(found) == "The difference is more than chance (p = 0.0079, a large effect)."


def test_difference_that_may_be_chance_has_no_reading_and_is_one_line():
    found = found_of([0.2, 0.4, 0.6, 0.5, 0.3], [0.3, 0.5, 0.2, 0.6, 0.42])
    assert claim.reading(found, "in_middle") == ""
    assert claim.says_nothing(found, "in_middle").startswith(
        "Where the evidence lies says nothing here: 40% of it lies in the middle half of the picture in the mistakes, "
        "40% in correct pictures (p = "
    )
    clear = found_of([0.2, 0.21, 0.22, 0.23, 0.24], [0.5, 0.51, 0.52, 0.53, 0.54])
    assert claim.says_nothing(clear, "in_middle") == ""
    assert claim.says_nothing(found_of([0.1, 0.2, 0.3], [0.5]), "in_middle") == ""
    assert verdict_of(found).startswith("**The difference may be chance** (p = ")


def test_verdict_warns_of_few_pictures():
    assert verdict_of(found_of([0.1, 0.2, 0.3], [0.5])) == (
        "With 3 mistakes and 1 correct picture even the largest difference could be chance. Take it as a hint, not as "
        "a finding."
    )
    few = verdict_of(found_of([0.1, 0.11, 0.12, 0.13, 0.14], [0.5, 0.6, 0.7]))
    assert few.endswith("One of the groups has only 3, so one more picture may change the result.")


@pytest.mark.parametrize(
    ("wrong", "right", "reading"),
    [
        (0.9, 0.6, "The mistakes rest on the middle of the picture"),
        (0.4, 0.1, "The mistakes rest more on the middle of the picture than right predictions do"),
        (0.6, 0.9, "The mistakes rest less on the middle of the picture than right predictions do"),
    ],
)
def test_reading_claims_no_more_than_the_numbers(wrong, right, reading):
    spread = [-0.02, -0.01, 0, 0.01, 0.02]
    found = found_of([wrong + change for change in spread], [right + change for change in spread])
    assert claim.reading(found, "in_middle") == reading


def test_agreement_names_the_locations_with_their_numbers_of_mistakes():
    top, bottom, left = "at the top", "at the bottom", "at the left"
    assert agreement_of((top, 1)) == "In this mistake the evidence lies at the top."
    assert agreement_of((top, 9)) == "On average over the 9 mistakes the evidence lies at the top."
    assert agreement_of((top, 5), (top, 2)) == "In all 7 mistakes the evidence lies at the top."
    assert agreement_of((top, 3), (bottom, 2), (bottom, 2), (left, 2)) == (
        "The evidence lies at the bottom in 4, at the top in 3 and at the left in 2 of the 9 mistakes."
    )


def test_groups_have_names():
    assert claim.group_name("of_truth", "pork_chop", "ravioli") == "Pork chop, right"


def test_table_of_numbers_ends_with_the_contrast(study):
    chosen = choose_pictures(study.table, study.embeddings, "pork_chop", "ravioli", max_mistakes=5)
    asked = request.EvidenceRequest("pork_chop", "ravioli", chosen, None, "in_middle", None)
    assert tuple(NOTHING.numbers.columns) == findings.COLUMNS
    assert numbers.numbers_table(study, asked, NOTHING).columns[-1] == "contrast"
