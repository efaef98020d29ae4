"""Links with values that do not exist, which get a note and the default."""

import pytest

EXPLAIN = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}
COMPARE = EXPLAIN
EVIDENCE = {"truth": "pork_chop", "guess": "ravioli"}
PAGES = {"explain": EXPLAIN, "compare": COMPARE, "evidence": EVIDENCE}


@pytest.mark.parametrize(
    ("page", "bad", "note"),
    [
        ("explain", {"picture": "pork_chop/99"}, "the picture “pork_chop/99”, which does not exist here. Ids are of"),
        ("explain", {"picture": "pizza/5"}, "That picture cannot be read"),
        ("explain", {"source": "web"}, "the source “web”, which does not exist here. It is study or upload."),
        ("explain", {"why": "sushi"}, "the class “sushi”, which does not exist here. Shown is ravioli."),
        ("explain", {"rather": "sushi"}, "the class “sushi”, which does not exist here. Shown is pork chop."),
        ("explain", {"blur": "0"}, "the blur “0”, which does not exist here. Blur is 1 to 32 pixels."),
        (
            "explain",
            {"top_k": "1e9"},
            "the number of top-k classes “1e9”, which does not exist here. There are 1 to 4.",
        ),
        ("explain", {"evals": "-1"}, "the number of evaluations “-1”"),
        ("explain", {"opacity": "101"}, "the opacity “101”"),
        (
            "explain",
            {"under": "sand"},
            "the way of showing the evidence “sand”, which does not exist here. Shown is grey.",
        ),
        ("explain", {"colours": "pink"}, "the pair of colours “pink”, which does not exist here. Shown is red and"),
        ("explain", {"mask": "fog"}, "the mask “fog”, which does not exist here. There are blur, gaussian, "),
        ("explain", {"mask": "colour", "colour": "#fff"}, "the colour “#fff”, which does not exist here. There are b"),
        ("explain", {"engine": "regions", "noise": "some"}, "“some”, which does not exist here. It is hide or show."),
        ("compare", {"picture": "pork_chop/99"}, "the mistake “pork_chop/99”, which does not exist here"),
        ("compare", {"picture": "omelette/1"}, "The model gets that picture right: omelette."),
        ("compare", {"picture": "pizza/5"}, "That picture cannot be read"),
        ("compare", {"blur": "-3"}, "the blur “-3”"),
        ("compare", {"blur": "33"}, "the blur “33”"),
        ("compare", {"blur": "1e9"}, "the blur “1e9”"),
        ("compare", {"top_k": "0"}, "the number of top-k classes “0”"),
        ("compare", {"top_k": "5"}, "the number of top-k classes “5”, which does not exist here. There are 1 to 4."),
        ("compare", {"evals": "1"}, "the number of evaluations “1”"),
        ("compare", {"companions": "many"}, "the number of correct pictures “many”"),
        (
            "compare",
            {"companions": "7"},
            "the number of correct pictures “7”, which does not exist here. There are 1 to",
        ),
        ("compare", {"beside": "sushi"}, "the class of correct pictures “sushi”, which does not exist here. It is tru"),
        ("compare", {"by": "luck"}, "the way of choosing correct pictures “luck”, which does not exist here. There"),
        ("compare", {"where": "sushi"}, "the class shown “sushi”, which does not exist here. It is “contrast” or one"),
        ("compare", {"scale": "wide"}, "the colour scale “wide”, which does not exist here. It is rows, shared, or "),
        ("compare", {"scale": "-1"}, "the colour scale “-1”"),
        ("compare", {"scale": "nan"}, "the colour scale “nan”"),
        ("compare", {"scale": "1e999"}, "the colour scale “1e999”"),
        ("compare", {"study": "../../etc"}, "the study “../../etc”"),
        ("evidence", {"truth": "unicorn"}, "the class “unicorn”, which does not exist here. Shown is pork chop."),
        ("evidence", {"guess": "1"}, "the class “1”"),
        ("evidence", {"most": "7"}, "the number of mistakes “7”, which does not exist here. There are 5, 10, 20, 50, "),
        ("evidence", {"most": "all"}, "the number of mistakes “all”"),
        ("evidence", {"measure": "somewhere"}, "the measure “somewhere”"),
        ("evidence", {"evals": "-1"}, "the number of evaluations “-1”"),
    ],
)
@pytest.mark.usefixtures("study")
def test_bad_value_in_a_link_gets_a_note_and_the_default(open_at, page, bad, note):
    at = open_at(page, **(PAGES[page] | bad))
    assert not at.exception
    assert not at.error
    assert len(at.warning) == 1
    assert note in at.warning[0].value
    *_, key = bad
    assert at.query_params[key] != bad[key]
