"""Catalogues of translations, compared with the texts of the code."""

# ruff: noqa: RUF001 - Japanese has its own punctuation

import ast
import json
import pickle
import re
import string
from pathlib import Path

import numpy as np
import pytest
from babel.messages.pofile import read_po

from tools import catalogues
from xai_core import language
from xai_core.catalogue_files import CATALOGUES, read_catalogue
from xai_core.data.decoding import decode
from xai_core.doctor.label_order import check_label_order
from xai_core.errors import ModelRefused, PictureUnreadable, StudyRefused
from xai_core.labels import words
from xai_core.language import ENGLISH, LANGUAGES, deferred, recognised, shown, tr, tr_n
from xai_core.model.label_list.files import read_labels
from xai_core.texts import counted
from xai_core.verdicts.verdict import KINDS

ROOT = Path(__file__).parents[2]
TRANSLATED = ("pages", "xai_core")
"""Files and folders whose texts are all translated."""


LITERAL = {
    "Language / 言語",
    *KINDS,
    "in part",
    "within noise",
    "make run",
    'pip install ".[',
    "own half",
    "own right answers",
    "repaired name",
    "other mistake",
    "taken for",
    "same file",
    "onnxruntime cpu",
    "unit interval",
    "values of",
    "logarithms of",
    "one by one",
    "inference mode",
    "persistent_load of storage",
    # Keys of tables, stages and stored files.
    "coarse cells",
    "fine cells",
    "hidden parts",
    "label errors 1",
    "numpy, on stored embeddings",
    "picture files 1",
    "reading pictures",
    "shifted labels",
    "planted cue",
    "noise tile",
    "value range",
    "swapped labels",
    "permuted labels",
    "torch module",
    # Ends of sentences of the log.
    "it is made again",
    "the metadata are left out until their file is read again",
    # What Ray says.
    "Worker unexpectedly exits",
    "memory usage threshold",
    "node has died",
    "node was terminated",
    # What libraries say.
    "not finite",
    "No runtime found",
    # Names.
    "Demo kitchen: painted dishes",
    'pip install ".[sign-in]"',
}
"""Texts that are the same in all languages, and keys and values of parameters that nobody reads."""

CITATIONS = {
    "pages/ui/about/papers.py",
    # A page of the documentation.
    "xai_core/runtimes/sources/guide.py",
    # What Prometheus, the log and a stored explanation say.
    "pages/ui/serving/health.py",
    "pages/ui/serving/metrics.py",
    "xai_core/engines/search.py",
}
"""Files whose texts stay as they are."""

_WORDS = re.compile(r"[A-Za-z]{2,}[,.]? [a-z]{2,}|^[A-Z][a-z]+ [a-z]+")
_CODE = re.compile(
    r"[<>{};=/\\]|--|\w\(|^[a-z_]+\.|var\(|\w\[|\.\*|^(?:pip install|python -m|hf download)\b"
    r"|\b(?:CREATE TABLE|FROM|INSERT INTO|ORDER BY|PRAGMA|PRIMARY KEY|SELECT)\b"
)


@pytest.fixture
def japanese(monkeypatch):
    """Reader of Japanese."""
    monkeypatch.setenv("XAI_LANG", "ja")
    monkeypatch.setattr(language, "_reader", language.of_environment)


def files_of(places):
    """Return the Python files of some files and folders."""
    paths = [ROOT / place for place in places]
    found = [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    return [file for file in found if file.relative_to(ROOT).as_posix() not in CITATIONS]


def fields(text):
    """Return the placeholders of a text with how they are written out."""
    return {(name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None}


def texts_outside(path):
    """Return the texts of a file that look like English sentences and are not given to a function of the catalogues."""
    tree = ast.parse(path.read_text("utf-8"))
    inside = {id(part) for node in ast.walk(tree) for part in _inside(node)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            text = node.value.strip()
            if _WORDS.search(text) and not _CODE.search(text) and text not in LITERAL:
                found.append((node.lineno, text))
    return found


def _inside(node):
    """Yield the nodes below a node that are no texts for readers: docstrings, and texts of the catalogues."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    if isinstance(node, ast.FunctionDef) and node.name == "__repr__":
        yield from ast.walk(node)
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in {*catalogues.FUNCTIONS, "counted"}:
            yield from (part for argument in node.args for part in ast.walk(argument))
        if name == "live":
            # What each job is about, which `progress_words.spent` counts.
            yield from (keyword.value for keyword in node.keywords if keyword.arg == "noun")
    if isinstance(node, ast.Raise):
        # What developers see, such as ValueError("..."); an XaiError has its texts in xai_core.errors or in `tr`.
        call = node.exc
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {
            "ValueError",
            "TypeError",
            "AssertionError",
            "AttributeError",
        }:
            yield from ast.walk(call)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_log(node.func.value):
        yield from ast.walk(node)


def _is_log(node):
    """Return True for the log, which nobody reads on a page."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "attr", "") == "getLogger"
    return isinstance(node, ast.Name) and node.id in {"log", "logger", "LOG"}


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != ENGLISH])
def test_every_text_has_a_translation_with_its_placeholders(code):
    texts = catalogues.rooms()
    for room, found in texts.items():
        with (CATALOGUES / code / f"{room}.po").open("rb") as file:
            catalogue = read_po(file, locale=code)
        translations = {
            (message.id if isinstance(message.id, tuple) else (message.id,)): message
            for message in catalogue
            if message.id
        }
        assert {text.ids for text in found} == translations.keys(), f"Run python tools/catalogues.py ({room})."
        for ids, message in translations.items():
            translation = message.string if isinstance(message.string, str) else message.string[0]
            assert translation, f"{room}: {ids[0]!r} is not translated."
            assert not message.fuzzy, f"{room}: the translation of {ids[0]!r} is a guess."
            assert fields(translation) <= fields(ids[-1]), f"{room}: {ids[0]!r}"
            assert {name for name, _ in fields(ids[-1])} == {name for name, _ in fields(translation)}, (
                f"{room}: {ids[0]!r}"
            )


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != ENGLISH])
def test_a_text_has_the_same_translation_in_all_rooms(code):
    # The catalogues are read as one, in which the last translation of a text would count.
    found: dict[str, dict[str, str]] = {}
    for file in sorted((CATALOGUES / code).glob("*.po")):
        if file.stem == "classes":
            continue  # words of another kind, which are looked up apart
        for text, translation in read_catalogue(file).items():
            found.setdefault(text, {})[file.stem] = translation
    assert {text: rooms for text, rooms in found.items() if len(set(rooms.values())) > 1} == {}


@pytest.mark.parametrize("path", files_of(TRANSLATED), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_text_stands_outside_of_the_catalogues(path):
    assert texts_outside(path) == []


def test_the_search_for_texts_outside_finds_them(tmp_path):
    path = tmp_path / "page.py"
    path.write_text(
        '"""Doc string here."""\nst.write("All mistakes of")\nst.write(f"so many {n} of them")\ntr("In here it is")'
    )
    assert [line for line, _ in texts_outside(path)] == [2, 3, 3]


def test_a_text_that_is_no_literal_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "page.py"
    path.write_text('tr(f"{n} pictures")')
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    with pytest.raises(ValueError, match="literal"):
        list(catalogues.texts_of(path))


def test_english_is_written_as_it_stands_in_the_code():
    assert tr("{part:.0%} of {{braces}}", part=0.5) == "50% of {braces}"
    assert tr("{not a value}") == "{not a value}"
    assert tr_n("{number:,} map", "{number:,} maps", 1200) == "1,200 maps"
    assert words("pork_chop") == "pork chop"


@pytest.mark.usefixtures("japanese")
def test_japanese_comes_from_the_catalogues():
    assert tr("Sign out") == "サインアウト"
    assert counted(1200, "picture") == "画像1,200枚"
    assert words("pork_chop") == "ポークチョップ"
    assert words("my_own_class") == "my own class"
    assert tr("A text without a translation, {n}.", n=3) == "A text without a translation, 3."


def test_what_is_made_later_is_in_the_language_of_its_reader(japanese):
    later = language.in_current(lambda: tr("Sign out"))
    assert later() == "サインアウト"


def test_an_error_of_another_thread_is_shown_in_the_language_of_its_reader():
    """The thread has no reader; what it raised may come back through a file, such as that of a process."""
    fault = StudyRefused(
        deferred(
            "{name} is {found}; expected {expected}.",
            name=deferred("The repair set"),
            found="x",
            expected=deferred("0 or more"),
        ),
        deferred("Give two different classes."),
    )
    fault = pickle.loads(pickle.dumps(fault))
    assert str(fault) == "The repair set is x; expected 0 or more."
    assert fault.sentence == "The repair set is x; expected 0 or more. Give two different classes."
    with language.using("ja"):
        assert fault.sentence.startswith("学習用の画像がxになっています。")
        assert fault.sentence.endswith("2つの異なるクラスを指定してください。")


@pytest.mark.parametrize("raised_in", ["en", "ja"])
def test_a_number_in_an_error_has_its_noun_in_the_language_of_its_reader(raised_in):
    with language.using(raised_in):
        text = pickle.loads(pickle.dumps(deferred("{rows} without a label, left out.", rows=counted(1200, "row"))))
        alone = pickle.loads(pickle.dumps(counted(2, "class")))
    assert text == "1,200 rows without a label, left out."
    assert (shown(text), shown(alone)) == (text, "2 classes")
    with language.using("ja"):
        assert shown(text) == "ラベルのない1,200行を除外しました。"
        assert shown(alone) == counted(2, "class") == "2クラス"


def test_parts_of_an_error_are_shown_in_the_language_of_its_reader(tmp_path):
    path = tmp_path / "labels.json"
    path.write_text('{"names": ["a", "b"], "classes": {"b": 0, "a": 1}}')
    with pytest.raises(ModelRefused) as caught:
        read_labels(path)
    fault = pickle.loads(pickle.dumps(caught.value))
    assert str(fault) == (
        "The file of labels labels.json can be read in 2 ways "
        "(classes, names before numbers: 'b', 'a'; names, a list: 'a', 'b')."
    )
    with language.using("ja"):
        assert fault.sentence == (
            "ラベルのファイルlabels.json：2通りに読めます"
            "（classesの名前・番号の順：'b', 'a'；namesのリスト：'a', 'b'）。"
            "番号を付けず、出力の順に、1行に1つずつ名前を書いてください。"
        )


def test_words_of_ours_that_a_reader_has_given_as_names_stay_as_they_are():
    with language.using("ja"):
        assert recognised("label") == "ラベル"
        assert recognised("The data set under label is not complete: test.txt is missing.") == (
            "labelのデータセットは不完全です。不足：test.txt。"
        )


def stored(text):
    """Return a text as a study has it that was written in English."""
    return json.loads(json.dumps(text))


def test_sentences_that_a_study_has_stored_are_shown_in_the_language_of_its_reader():
    times = (1, 9, 20, 12, 20)
    truth, guess = np.repeat([0, 0, 1, 2, 3], times), np.repeat([0, 2, 1, 0, 3], times)
    swapped = check_label_order(truth, guess, ("ramen", "sushi", "my_own", "pizza")).findings[0]
    assert swapped.sentence == (
        "The names ramen and my own seem swapped: 9 of 10 pictures of ramen are called my own, "
        "and 12 of 12 the other way round."
    )
    with language.using("ja"):
        assert recognised(stored(swapped.sentence)) == (
            "「ラーメン」と「my own」の名前が入れ替わっているようです。"
            "「ラーメン」の画像10枚のうち9枚が「my own」と呼ばれ、逆は12枚のうち12枚です。"
        )
        assert recognised(stored(swapped.cure)).startswith("--labels FILEで、")


def test_a_list_within_a_stored_sentence_is_shown_in_the_language_of_its_reader():
    guess = np.repeat([2, 1, 4, 3, 0], 20)
    cycle = check_label_order(np.repeat([0, 1, 2, 3, 4], 20), guess, ("a", "d", "b", "e", "c")).findings[0]
    assert cycle.sentence == (
        "The names of 3 classes seem to be in another order: a is called b (20 of 20 pictures), "
        "b is called c (20 of 20 pictures), c is called a (20 of 20 pictures)."
    )
    with language.using("ja"):
        assert recognised(stored(cycle.sentence)) == (
            "3個のクラスの名前の順序が違うようです：「a」が「b」と呼ばれる（画像20枚中20枚）、"
            "「b」が「c」と呼ばれる（画像20枚中20枚）、「c」が「a」と呼ばれる（画像20枚中20枚）。"
        )


def test_why_a_picture_is_unreadable_is_shown_in_the_language_of_its_reader():
    with pytest.raises(PictureUnreadable) as caught:
        decode(b"no picture", "a/1")
    reason = stored(caught.value.reason)
    assert reason == "it is not a picture of a known kind (JPEG, PNG, WEBP, GIF, BMP)"
    with language.using("ja"):
        translated = "対応している種類（JPEG, PNG, WEBP, GIF, BMP）の画像ではありません"
        assert recognised(reason) == translated
        assert PictureUnreadable("a/1", reason).sentence.startswith(f"画像a/1を読み込めません：{translated}。")
        died = "2 workers died on it; of the last one is known: its node went away, or cannot be reached"
        assert recognised(f"it was set aside: {died}") == (
            "除外しました（ワーカー2個が処理中に停止、最後の原因はノードの停止または接続の切断）"
        )
        assert recognised("1,200 pictures") == "画像1,200枚"
        assert recognised("Something else, by another program.") == "Something else, by another program."
    assert recognised(reason) == reason


def test_every_class_of_food_101_has_a_japanese_name():
    names = read_catalogue(CATALOGUES / "ja" / "classes.po")
    assert len(names) == 101
    assert len(set(names.values())) == 101
