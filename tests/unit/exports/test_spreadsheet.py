"""CSV files in which no spreadsheet computes a cell."""

import csv
import io

import pandas as pd
import pytest

from xai_core.exports.spreadsheet import csv_file, no_formula


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\ufe63", "\u2212"])
@pytest.mark.parametrize("before", ["", " ", "\u200b", "\ufeff \u2060", "\x00", "\u3164", "\u00a0"])
def test_a_text_that_would_be_computed_gets_an_apostrophe(before, sign):
    assert no_formula(f"{before}{sign}1+1") == f"'{before}{sign}1+1"


def test_texts_that_begin_a_cell_or_a_line_get_one_too_and_all_others_stay():
    assert [no_formula(text) for text in ("\tx", "\rx", "\nx")] == ["'\tx", "'\rx", "'\nx"]
    usual = ["", " ", "pork_chop", "a=1", " a-b", "\u00e9clair", "1e5", "'=1", "\u5bff\u53f8"]
    assert [no_formula(text) for text in usual] == usual


def test_every_text_of_a_table_is_harmless_and_numbers_stay_numbers():
    table = pd.DataFrame(
        {"@name": ["=1", "\u00e9"], "value": [-1.5, float("nan")], "some": ["-x", None], "right": [True, False]},
        index=pd.Index(["+a", "b"], name="=id"),
    )
    table["kind"] = pd.Categorical(["=k", "k"])
    content = csv_file(table, index=True)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows == [
        ["'=id", "'@name", "value", "some", "right", "kind"],
        ["'+a", "'=1", "-1.5", "'-x", "True", "'=k"],
        ["b", "\u00e9", "", "", "False", "k"],
    ]
    assert csv_file(table[["value"]]).decode("utf-8-sig") == 'value\n-1.5\n""\n'
