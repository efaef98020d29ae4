"""Two reviewers are compared on what each of them said last."""

import numpy as np
import pandas as pd
import pytest

from xai_core.verdicts.agreement import agreements

WRONG, MODEL = "wrong label", "model error"


def history(*rows):
    return pd.DataFrame(rows, columns=["image_id", "version", "author", "kind"])


def test_the_latest_verdict_of_each_person_counts_also_where_another_replaced_it():
    told = history(
        ("a", 1, "Ann", MODEL),
        ("a", 2, "Ann", WRONG),
        ("a", 3, "Ben", WRONG),
        ("b", 1, "Ann", WRONG),
        ("b", 2, "Ben", MODEL),
        ("c", 1, "Ann", MODEL),
        ("c", 2, "Ben", MODEL),
        ("d", 1, "Ann", MODEL),
        ("d", 2, "Ben", MODEL),
        ("e", 1, "Ann", MODEL),
        ("e", 2, "Ben", WRONG),
        ("e", 3, "Ben", ""),  # withdrawn by its author
        ("f", 1, "", WRONG),
        ("f", 2, "Ann", WRONG),
    )
    (found,) = agreements(told)
    assert (found.first, found.second, found.pictures, found.same) == ("Ann", "Ben", 4, 3)
    # Ann: 2 wrong, 2 model; Ben: 1 wrong, 3 model. By chance 0.5 * 0.25 + 0.5 * 0.75 = 0.5.
    assert found.kappa == pytest.approx((0.75 - 0.5) / 0.5)
    assert found.differing.to_dict("records") == [{"image_id": "b", "first": WRONG, "second": MODEL}]


def test_one_kind_alone_has_no_kappa_and_one_person_no_agreement():
    (found,) = agreements(history(("a", 1, "Ann", MODEL), ("a", 2, "Ben", MODEL)))
    assert np.isnan(found.kappa)
    assert agreements(history(("a", 1, "Ann", MODEL))) == ()
    assert agreements(history()) == ()
