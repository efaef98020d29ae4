"""Maps of one picture on the page Explain."""

import re

import pytest

from tests.read import map_alts, texts

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}
FOR_GUESS = "Evidence for ravioli in red, against it in blue"


def overlays(at):
    return map_alts(at)


def sums(at):
    """Lines with the sum that a map adds up to."""
    return [line for caption in at.caption for line in caption.value.splitlines() if " = base " in line]


def sources(at):
    """Picture files of the overlays."""
    pictures = [element.proto.imgs[0] for element in at.image]
    return [picture.url for picture in pictures if "Evidence for" in picture.alt]


@pytest.mark.usefixtures("model")
def test_contrast_and_overlays_have_numbers_that_add_up(open_at, explained):
    at = explained(open_at("explain", **MISTAKE, top_k="1"))
    assert not at.exception
    contrast = "Evidence for ravioli rather than pork chop in red, the reverse in blue"
    assert overlays(at) == [contrast, FOR_GUESS, "Evidence for pork chop in red, against it in blue"]
    assert len(sums(at)) == 3
    for line in sums(at):
        full, base, sign, total = re.fullmatch(
            r"(?:logit |ravioli minus pork chop: )?(\S+) = base (\S+) ([+-]) sum (\S+)", line.strip()
        ).groups()
        assert float(full) == pytest.approx(float(base) + float(f"{sign}{total}"), abs=0.011)
    margin = re.search(r"ravioli is ahead by (\S+) logits", texts(at.caption))
    assert float(margin[1]) > 0
    assert "evaluations for 1 picture." in texts(at.caption)
    assert texts(at.caption).count("One scale for all classes: full colour is") == 1


def test_display_costs_no_evaluation_and_another_blur_or_mask_does(open_at, explained, model):
    at = explained(open_at("explain", **MISTAKE, top_k="1"))
    spent = model.evaluations
    assert spent > 0
    at.slider(key="top_k").set_value(4).run()
    assert len(overlays(at)) == 5
    at.slider(key="opacity").set_value(50).run()
    at.selectbox(key="under").select("none").run()
    at.selectbox(key="colours").select("orange and purple").run()
    at.selectbox(key="rather").select("pizza").run()
    assert not at.exception
    assert "Evidence for omelette in orange, against it in purple" in overlays(at)
    assert "Orange is evidence for the named class, purple against it." in texts(at.caption)
    assert model.evaluations == spent
    at = explained(at.slider(key="blur").set_value(5).run())
    after_blur = model.evaluations
    assert after_blur > spent
    at = explained(at.selectbox(key="mask").select("mean").run())
    assert at.slider(key="blur").disabled
    assert model.evaluations > after_blur


def test_regions_within_noise_have_no_colour_until_the_reader_wants_it_and_numbers_stay(open_at, explained, model):
    at = explained(open_at("explain", **MISTAKE, engine="regions", evals="100"))
    assert not at.exception
    assert at.query_params["noise"] == "hide"
    assert "Grey: may be chance." in texts(at.caption)
    noisy, regions, area = re.search(r"Within noise: (\d+) of (\d+) regions, (\d+)% of", texts(at.caption)).groups()
    assert 0 < int(noisy) <= int(regions)
    assert f"within noise: {area}% of the picture" in texts(at.caption)
    spent, numbers, drawings = model.evaluations, sums(at), sources(at)
    at.button_group(key="noise").set_value("show").run()
    assert at.query_params["noise"] == "show"
    assert "may be chance" not in texts(at.caption)
    assert (model.evaluations, sums(at)) == (spent, numbers)
    assert sources(at) != drawings


def test_downloads_are_disabled_until_all_is_computed(open_at, asked, model):
    model.gate.clear()
    at = asked(open_at("explain", **MISTAKE))
    assert all(at.download_button(key=f"explain_{ending}").disabled for ending in ("png", "csv", "npz"))
