"""Links with values that do not exist, which get a note and the default."""

import pytest

EXPLAIN = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}
COMPARE = EXPLAIN
EVIDENCE = {"truth": "pork_chop", "guess": "ravioli"}
PAGES = {"explain": EXPLAIN, "compare": COMPARE, "evidence": EVIDENCE}


@pytest.mark.parametrize(
    ("page", "bad"),
    [
        ("explain", {"picture": ("pork_chop/99", "the picture “pork_chop/99”, which does not exist here. Ids are of")}),
        ("explain", {"picture": ("pizza/5", "That picture cannot be read")}),
        (
            "explain",
            {
                "source": ("web", "the source “web”, which does not exist here. It is study or upload."),
                "why": ("sushi", "the class “sushi”, which does not exist here. Shown is ravioli."),
                "rather": ("sushi", "the class “sushi”, which does not exist here. Shown is pork chop."),
                "blur": ("0", "the blur “0”, which does not exist here. Blur is 1 to 32 pixels."),
                "top_k": ("1e9", "the number of top-k classes “1e9”, which does not exist here. There are 1 to 4."),
                "evals": ("-1", "the number of evaluations “-1”"),
                "opacity": ("101", "the opacity “101”"),
                "under": (
                    "sand",
                    "the way of showing the evidence “sand”, which does not exist here. Shown is grey.",
                ),
                "colours": ("pink", "the pair of colours “pink”, which does not exist here. Shown is red and"),
                "mask": ("fog", "the mask “fog”, which does not exist here. There are blur, gaussian, "),
                "noise": ("some", "“some”, which does not exist here. It is hide or show."),
            },
        ),
        ("explain", {"colour": ("#fff", "the colour “#fff”, which does not exist here. There are b")}),
        ("compare", {"picture": ("pork_chop/99", "the mistake “pork_chop/99”, which does not exist here")}),
        ("compare", {"picture": ("omelette/1", "The model gets that picture right: omelette.")}),
        ("compare", {"picture": ("pizza/5", "That picture cannot be read")}),
        ("compare", {"study": ("../../etc", "the study “../../etc”")}),
        (
            "compare",
            {
                "blur": ("-3", "the blur “-3”"),
                "top_k": ("0", "the number of top-k classes “0”"),
                "evals": ("1", "the number of evaluations “1”"),
                "companions": ("many", "the number of correct pictures “many”"),
                "beside": ("sushi", "the class of correct pictures “sushi”, which does not exist here. It is tru"),
                "by": ("luck", "the way of choosing correct pictures “luck”, which does not exist here. There"),
                "where": ("sushi", "the class shown “sushi”, which does not exist here. It is “contrast” or one"),
                "scale": ("wide", "the colour scale “wide”, which does not exist here. It is rows, shared, or "),
            },
        ),
        (
            "compare",
            {
                "blur": ("33", "the blur “33”"),
                "top_k": ("5", "the number of top-k classes “5”, which does not exist here. There are 1 to 4."),
                "companions": ("7", "the number of correct pictures “7”, which does not exist here. There are 1 to"),
                "scale": ("-1", "the colour scale “-1”"),
            },
        ),
        ("compare", {"blur": ("1e9", "the blur “1e9”"), "scale": ("nan", "the colour scale “nan”")}),
        ("compare", {"scale": ("1e999", "the colour scale “1e999”")}),
        (
            "evidence",
            {
                "truth": ("unicorn", "the class “unicorn”, which does not exist here. Shown is pork chop."),
                "most": ("7", "the number of mistakes “7”, which does not exist here. There are 5, 10, 20, 50, "),
                "measure": ("somewhere", "the measure “somewhere”"),
                "evals": ("-1", "the number of evaluations “-1”"),
            },
        ),
        ("evidence", {"guess": ("1", "the class “1”"), "most": ("all", "the number of mistakes “all”")}),
    ],
)
@pytest.mark.usefixtures("study")
def test_each_bad_value_in_a_link_gets_a_note_and_the_default(open_at, page, bad):
    needed = {"mask": "colour"} if "colour" in bad else {}
    at = open_at(page, **(PAGES[page] | needed | {key: value for key, (value, _) in bad.items()}))
    assert not at.exception
    assert not at.error
    notes = [warning.value for warning in at.warning]
    assert len(notes) == len(bad)
    for key, (value, note) in bad.items():
        assert [shown for shown in notes if note in shown]
        assert at.query_params[key] != value
