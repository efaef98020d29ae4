"""Label files are read as people have them, and refused where they can be read in two ways."""

import json

import pytest

from xai_core.errors import ModelRefused
from xai_core.model.label_list.files import read_labels

NAMES = ("plum_blue", "apple_red", "leaf_green")
NUMBERED = list(enumerate(NAMES))
IMAGENET = {"0": ["n01", "plum_blue"], "1": ["n02", "apple_red"], "2": ["n03", "leaf_green"]}
SHUFFLED = [NUMBERED[2], NUMBERED[0], NUMBERED[1]]


def lines(pattern, pairs=NUMBERED):
    return "\n".join(pattern.format(number, name) for number, name in pairs)


def of_text(tmp_path, text, name="labels.txt"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_labels(path)


FORMS = {
    "one a line": "\n".join(NAMES),
    "blank lines and blanks": "\n\n".join(f"  {name} " for name in NAMES),
    "CRLF": "\r\n".join(NAMES),
    "a mark": "\ufeff" + "\n".join(NAMES),
    "UTF-16": "\n".join(NAMES).encode("utf-16"),
    "UTF-16 without a mark": "\n".join(NAMES).encode("utf-16-le"),
    "a comment": "# food classes\n" + "\n".join(NAMES),
    "a head": "class\n" + "\n".join(NAMES),
    "commas at the ends": "".join(f"{name},\n" for name in NAMES),
    "double quotes": "\n".join(f'"{name}"' for name in NAMES),
    "single quotes and commas": "".join(f"'{name}',\n" for name in NAMES),
    "number, blank": lines("{} {}"),
    "number, colon": lines("{}: {}"),
    "number, comma": lines("{},{}"),
    "number, semicolon": lines("{};{}"),
    "number, tab": lines("{}\t{}"),
    "number, full stop": lines("{}. {}"),
    "number, dash": lines("{} - {}"),
    "numbers out of order": lines("{} {}", SHUFFLED),
    "name, blank": lines("{1} {0}"),
    "name, comma": lines("{1},{0}"),
    "name, comma, out of order": lines("{1},{0}", SHUFFLED),
    "name, colon": lines("{1}: {0}"),
    "CSV with heads": "class,index\n" + lines("{1},{0}", SHUFFLED),
    "CSV with heads of pandas": ",label\n" + lines("{},{}", SHUFFLED),
    "CSV with three columns": "id,name,calories\n" + lines("{},{},100", SHUFFLED),
    "CSV with a number called label": "label,name\n" + lines("{},{}", SHUFFLED),
    "CSV without numbers": "name,calories\n" + "\n".join(f"{name},x" for name in NAMES),
    "heads and blanks": "index name\n" + lines("{} {}"),
    "WordNet ids": "\n".join(f"n0144076{number} {name}" for number, name in NUMBERED),
    "one line": ",".join(NAMES),
    "JSON list": json.dumps(NAMES),
    "JSON list with a mark": "\ufeff" + json.dumps(NAMES),
    "Python list": str(list(NAMES)),
    "JSON numbers": json.dumps(dict(NUMBERED)),
    "JSON numbers out of order": json.dumps({str(number): name for number, name in SHUFFLED}, indent=2),
    "JSON class_to_idx": json.dumps({name: number for number, name in SHUFFLED}),
    "Python dict": str({name: number for number, name in SHUFFLED}),
    "config.json": json.dumps({"architectures": ["X"], "id2label": dict(NUMBERED)}),
    "config.json with both": json.dumps({"id2label": dict(NUMBERED), "label2id": {n: k for k, n in NUMBERED}}),
    "JSON labels": json.dumps({"labels": NAMES}),
    "JSON of ImageNet": json.dumps(IMAGENET),
    "JSON of objects": json.dumps([{"id": number, "name": name} for number, name in SHUFFLED]),
    "JSON of pairs": json.dumps(SHUFFLED),
    "YAML list": "\n".join(f"- {name}" for name in NAMES),
    "YAML list with quotes": "\n".join(f"- '{name}'" for name in NAMES),
    "YAML map": "names:\n" + lines("  {}: {}"),
    "YAML of a detector": "train: a/b\nnc: 3\nnames: [" + ", ".join(NAMES) + "]\n",
    "YAML list below a key": "classes:\n" + "\n".join(f"  - {name}" for name in NAMES),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_every_form_gives_the_names_in_the_order_of_the_outputs(tmp_path, text):
    assert of_text(tmp_path, text) == NAMES


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("- no\n- on\n- 1.0\n- null", ("no", "on", "1.0", "null")),
        ('["no", "on"]', ("no", "on")),
        ("tench, Tinca tinca\ngoldfish, Carassius auratus", ("tench, Tinca tinca", "goldfish, Carassius auratus")),
        ("a, b\npizza\nramen", ("a, b", "pizza", "ramen")),
        ('0,"a, b"\n1,pizza', ("a, b", "pizza")),
        ("class 0\nclass 1\nclass 2", ("class 0", "class 1", "class 2")),
        ("1 star\n2 stars\n3 stars", ("1 star", "2 stars", "3 stars")),
        ("Boeing 707\nAirbus 320", ("Boeing 707", "Airbus 320")),
        ("7 up\ncola", ("7 up", "cola")),
        ("0 1\n1 0", ("1", "0")),
        ("#1 burger\nfries", ("#1 burger", "fries")),
        (
            "fish & chips\n50%_off #1\n$5_steak\n*bold*_[link](x)",
            ("fish & chips", "50%_off #1", "$5_steak", "*bold*_[link](x)"),
        ),
        ("crème\napple".encode("latin-1"), ("crème", "apple")),
        ("crème\n餃子", ("crème", "餃子")),
        ("pizza", ("pizza",)),
        ('O\'Brien "stew"\npizza', ('O\'Brien "stew"', "pizza")),
        ("!!python/object/apply:os.system\npizza", ("!!python/object/apply:os.system", "pizza")),
    ],
)
def test_names_that_look_like_something_else_stay_names(tmp_path, text, names):
    assert of_text(tmp_path, text) == names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "0,1\n1,2\n2,0",
            "can be read in 2 ways .numbers before names: '1', '2', '0'; names before numbers: '2', '0', '1'",
        ),
        ("0 1\n1 2\n2 0", "can be read in 2 ways"),
        ('{"0": "1", "1": "2", "2": "0"}', "can be read in 2 ways"),
        (
            "wnid1,pizza\nwnid2,ramen",
            "names in the first column: 'wnid1', 'wnid2'; names in the second column: 'pizza', 'ramen'",
        ),
        ("name,title\na,b\nc,d", "the column name: 'a', 'c'; the column title: 'b', 'd'"),
        ("background\n0 pizza\n1 ramen", "a first line without a number, and numbers before names: 'pizza', 'ramen'"),
        ("1 pizza\n2 ramen", "numbers its names from 1, which can be read in two ways .'pizza' is the first output"),
        ('{"1": "pizza", "2": "ramen"}', "numbers its names from 1"),
        ('{"id2label": {"0": "a", "1": "b"}, "label2id": {"a": 1, "b": 0}}', "can be read in 2 ways"),
        ("0 pizza\n1 ramen\n3 soup", "has 3 names and no number 2; expected the numbers 0 to n - 1"),
        ('{"pizza": 0, "ramen": 0}', "has the number 0 more than once"),
        ("pizza\npizza", "hold 'pizza' twice"),
        ("", "holds no labels"),
        ("# only a comment", "holds no labels"),
        ("{}", "holds an object with the keys"),
        ('{"a": "b"}', "holds an object with the keys 'a'"),
        ('["a", 3]', "holds 3 where a class name is expected"),
        ('["a", ', "is not sound JSON"),
        ("names: [a", "is not sound YAML"),
        (b"\x80\x02}q\x00(X\x01\x00\x00\x00", "cannot be read: it is a binary file, not a text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00", "it is a binary file"),
    ],
)
def test_a_file_that_is_unclear_or_wrong_is_refused_with_what_was_found(tmp_path, text, found):
    with pytest.raises(ModelRefused, match=found) as refused:
        of_text(tmp_path, text)
    assert refused.value.argument in ("labels", "")


def test_nothing_in_a_yaml_file_is_executed(tmp_path):
    with pytest.raises(ModelRefused, match="is not sound YAML"):
        of_text(tmp_path, f"names: !!python/object/apply:os.mkdir ['{tmp_path / 'made'}']")
    assert not (tmp_path / "made").exists()


def test_a_missing_and_a_huge_file_are_refused(tmp_path):
    with pytest.raises(ModelRefused, match="cannot be read"):
        read_labels(tmp_path / "nowhere.txt")
    with (tmp_path / "huge.txt").open("wb") as out:
        out.truncate(20 * 2**20)
    with pytest.raises(ModelRefused, match="has 20 MB"):
        read_labels(tmp_path / "huge.txt")
