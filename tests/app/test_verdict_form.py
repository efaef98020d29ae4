"""Verdicts in the app: given near the picture, kept by whoever writes first, told to whoever writes second."""

import pytest

from xai_core.verdicts.store import FILE, VerdictStore

MISTAKE = "pork_chop/4"
PAGES = ("explain", "compare")


@pytest.fixture
def store(study):
    """What others write meanwhile."""
    return VerdictStore(study.folder)


def field(name, page):
    return f"verdict_{name} {page} {MISTAKE}"


def give(at, page, *, kind=None, note="", author=""):
    """Fill in the form and press the button."""
    at.button_group(key=field("kind", page)).set_value(kind)
    at.text_area(key=field("note", page)).set_value(note)
    at.text_input(key=field("author", page)).set_value(author)
    return at.button(key=field("save", page)).click().run()


def labels(at):
    return [each.proto.popover.label for each in at.get("popover")]


def said(at):
    return "\n".join(each.value for each in (*at.text, *at.caption))


def faults(at):
    return [each.value for each in at.error]


@pytest.mark.parametrize("page", PAGES)
def test_a_verdict_is_given_and_is_there_for_the_next_reader(open_at, store, page):
    at = give(open_at(page, picture=MISTAKE), page, kind="wrong label", note="Pasta.", author="Ann")
    assert not at.exception
    assert "Verdict: wrong label" in labels(at)
    assert [each.value for each in at.toast] == ["The verdict is saved."]
    kept = store.of(MISTAKE)
    assert (kept.kind, kept.note, kept.author, kept.truth, kept.guess) == (
        "wrong label",
        "Pasta.",
        "Ann",
        "pork_chop",
        "ravioli",
    )
    next_reader = open_at(page, picture=MISTAKE)
    assert "Verdict: wrong label" in labels(next_reader)
    assert "Pasta." in said(next_reader)
    assert next_reader.text_area(key=field("note", page)).value == "Pasta."


def test_the_name_is_remembered_and_the_next_picture_has_a_form_of_its_own(open_at, store):
    at = give(open_at("explain", picture=MISTAKE), "explain", kind="ambiguous", note="Hm.", author="Ann")
    at.selectbox(key="picture").set_value("pork_chop/5").run()
    assert at.text_area(key="verdict_note explain pork_chop/5").value == ""
    assert at.text_input(key="verdict_author explain pork_chop/5").value == "Ann"
    assert "Give a verdict" in labels(at)


def test_the_second_writer_is_told_what_the_first_wrote_and_keeps_the_text(open_at, store):
    at = open_at("explain", picture=MISTAKE)
    store.put(MISTAKE, "wrong label", seen=0, note="Pasta.", author="Ann")
    give(at, "explain", kind="model error", note="A long thought.")
    (told,) = faults(at)
    assert "Somebody wrote a verdict on pork_chop/4 after you opened it (by Ann, " in told
    assert "“wrong label: Pasta.”" in told
    assert at.text_area(key=field("note", "explain")).value == "A long thought."
    assert store.of(MISTAKE).kind == "wrong label"
    give(at, "explain", kind="model error", note="A long thought.")
    assert faults(at) == []
    assert [each.kind for each in store.history(MISTAKE)] == ["model error", "wrong label"]
    assert "wrong label: Pasta." in said(at)


def test_what_others_write_meanwhile_is_shown_and_replaces_nothing_that_is_being_typed(open_at, store):
    at = open_at("explain", picture=MISTAKE)
    store.put(MISTAKE, "ambiguous", seen=0, note="Others say so.", author="Ann")
    at.run()
    assert "Meanwhile, by Ann" in said(at)
    assert at.text_area(key=field("note", "explain")).value == ""


def test_a_verdict_can_be_taken_back(open_at, store):
    at = give(open_at("explain", picture=MISTAKE), "explain", kind="ambiguous")
    give(at, "explain")
    assert "Give a verdict" in labels(at)
    assert store.all().empty
    assert "ambiguous" in said(at)


def test_a_note_is_shown_as_it_was_written(open_at, store):
    store.put(MISTAKE, "", seen=0, note="**no** ![x](http://x/x.png) <b>", author="$a$ :red[b]")
    at = open_at("explain", picture=MISTAKE)
    assert "**no** ![x](http://x/x.png) <b>" in [each.value for each in at.text]
    assert not any("![x]" in each.value for each in (*at.markdown, *at.caption))
    assert any(r"\$a\$ \:red\[b\]" in each.value for each in at.caption)
    assert "Verdict: note" in labels(at)


def test_that_picture_or_model_changed_since_is_said(open_at, store, study):
    store.put(MISTAKE, "ambiguous", seen=0, guess="pizza", model_id="other", picture_hash="other")
    at = open_at("explain", picture=MISTAKE)
    assert "The picture's file has changed since this was written." in said(at)
    assert "when the model took it for pizza" in said(at)


def test_a_picture_that_is_right_has_no_form_unless_something_was_said_of_it(open_at, store):
    assert not any("erdict" in each for each in labels(open_at("explain", picture="pizza/1")))
    store.put("pizza/1", "wrong label", seen=0)
    assert "Verdict: wrong label" in labels(open_at("explain", picture="pizza/1"))


@pytest.mark.parametrize("page", PAGES)
def test_a_damaged_file_is_told_and_the_page_goes_on(open_at, study, page):
    (study.folder / FILE).write_bytes(b"no database" * 100)
    at = open_at(page, picture=MISTAKE)
    assert not at.exception
    assert ["verdicts.sqlite cannot be read" in each for each in faults(at)] == [True]
    assert at.image


def test_a_disk_that_takes_nothing_is_told_and_the_text_stays(open_at, store, monkeypatch):
    opened = VerdictStore._open
    store.put(MISTAKE, "ambiguous", seen=0)
    at = open_at("explain", picture=MISTAKE)
    monkeypatch.setattr(VerdictStore, "_open", lambda self, _mode: opened(self, "ro"))
    give(at, "explain", kind="model error", note="Kept.")
    assert "Make the study's folder writable" in faults(at)[0]
    assert at.text_area(key=field("note", "explain")).value == "Kept."


class TestGallery:
    PAIR = {"view": "pair", "truth": "pork_chop", "guess": "ravioli"}  # noqa: RUF012 - asked as it is, never changed

    @pytest.fixture
    def given(self, store):
        """One of the two mistakes of the pair has a verdict, the other only a note."""
        store.put(MISTAKE, "wrong label", seen=0, note="=1+1")
        store.put("pork_chop/5", "", seen=0, note="Look again.")

    def badges(self, at):
        return [each.value for each in at.markdown if "-badge[" in each.value]

    def test_cards_tell_what_was_said(self, open_at, given):
        at = open_at(**self.PAIR)
        assert not at.exception
        assert sorted("wrong label" in each for each in self.badges(at)) == [False, True]
        assert sum("note" in each for each in self.badges(at)) == 1

    @pytest.mark.parametrize(
        ("verdict", "heading"),
        [
            ("all", "2 pictures"),
            ("any", "2 pictures"),
            ("none", "0 of 2 pictures"),
            ("wrong_label", "1 of 2 pictures"),
            ("ambiguous", "0 of 2 pictures"),
        ],
    )
    def test_pictures_are_filtered_by_verdict_by_a_link_too(self, open_at, given, verdict, heading):
        at = open_at(**self.PAIR, verdict=verdict)
        assert at.subheader[0].value == f"Pork chop taken for ravioli: {heading}"
        assert at.query_params["verdict"] == verdict
        assert not at.warning
        if heading.startswith("0"):
            assert "None of the 2 pictures has that confidence, that lead and that verdict." in at.info[0].value

    def test_the_filter_is_in_the_url_and_a_verdict_that_does_not_exist_is_told(self, open_at, given):
        at = open_at(**self.PAIR)
        at.selectbox(key="verdict").set_value("wrong_label").run()
        assert at.query_params["verdict"] == "wrong_label"
        at = open_at(**self.PAIR, verdict="nonsense")
        assert "the verdict “nonsense”, which does not exist here" in at.warning[0].value

    def test_all_verdicts_are_a_file_and_without_any_there_is_none(self, open_at, store):
        def offered(at):
            (button,) = (each.proto for each in at.get("download_button") if each.proto.label == "Verdicts, CSV")
            return button

        assert offered(open_at(**self.PAIR)).disabled
        store.put("pizza/1", "ambiguous", seen=0)
        assert not offered(open_at(**self.PAIR)).disabled

    def test_a_damaged_file_leaves_the_pictures(self, open_at, study):
        (study.folder / FILE).write_bytes(b"no database" * 100)
        at = open_at(**self.PAIR)
        assert ["verdicts.sqlite cannot be read" in each for each in faults(at)] == [True]
        assert at.subheader[0].value == "Pork chop taken for ravioli: 2 pictures"
