"""Write docs/data.md from the table of layouts.

Usage: python tools/data_page.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "data.md"

sys.path.insert(0, str(ROOT))

from xai_core.data.hub_download import REPOSITORY  # noqa: E402 - the path comes first
from xai_core.data.sources.table import SOURCES, Source  # noqa: E402
from xai_core.hub import EXTRA  # noqa: E402
from xai_core.model.label_list.files import CONTAINERS  # noqa: E402

HEAD = """\
# Pictures and labels

<!-- Written by tools/data_page.py from xai_core/data/sources/table.py. Change that, then run it. -->

`study create` reads a labelled set where it lies, in any of these layouts. It recognises the layout by its content and
says in one line what it took; About shows the same line. Where two layouts fit, `--data-format` chooses one.

| `--data-format` | layout | example |
|---|---|---|
"""

SPLITS = """\
## Splits

Without `--split`, a study takes the test split, or else the validation split, or else the only one there is. The names
`val`, `valid`, `dev` and `validation` mean the same. A study remembers its split, its layout and its columns.

## Classes and labels

Classes of the data are matched to labels of the model by name. Case, spaces, hyphens and underscores do not matter:
the folder `Pork Chop` is the label `pork_chop`. Where two labels fit a class, or two classes fit a label, both names
are reported and nothing is guessed.

## Pictures that cannot be read

JPEG, PNG, WebP, GIF and BMP are decoded. A picture that is missing, damaged, over 64 megapixels or not a picture is
listed with its reason, and the others are not affected. Pictures are never copied or changed.

Paths and links do not lead out of the set: a list cannot name a file outside its folder, and a file that is a link to
another place is not read. A folder of a class may be a link; it is reported. The links of the Hugging Face cache are
followed to its blobs.

Of a picture that is more than 32 times as long as wide, only the part that the model sees is resized. So a file of
200 bytes with 40,000 x 1 pixels takes no gigabytes.

## Label files

`--labels FILE` gives the names of the outputs in their order. These forms are read, in UTF-8, UTF-16 or Latin-1:

* one name per line, with or without quotes;
* a number before or after each name: `0 pizza`, `0: pizza`, `0,pizza`, `pizza,0`;
* CSV, TSV or text with semicolons, with or without heads;
* JSON: a list, `{"0": "pizza"}`, `{"pizza": 0}`, or one of them under a key such as `id2label`;
* YAML: a list, a map, or one of them under such a key.

"""

KEYS = "The keys are {keys}. A file that can be read in two ways is refused with both readings.\n"

DOWNLOAD = """
## Download of Food-101

`python -m xai_core food101 download --data DIR` fetches the archive of its authors. With `--from huggingface` it
fetches the parquet set `{repository}` instead, which needs `{extra}`. Both say first what they will cost, and
continue where they were stopped.
"""


def row(source: Source) -> str:
    """Return the row of a layout in the table."""
    return f"| `{source.name}` | {source.title} | `study create NAME {source.example} --model FILE` |\n"


def section(source: Source) -> str:
    """Return the section of a layout."""
    title = source.title[0].upper() + source.title[1:]
    call = f"python -m xai_core study create NAME {source.example} --model FILE"
    return f"## {title}\n\n{source.reads}\n\n```text\n{source.layout}\n```\n\n```sh\n{call}\n```\n\n"


def page() -> str:
    """Return the whole page."""
    keys = ", ".join(f"`{key}`" for key in CONTAINERS)
    parts = [HEAD, *map(row, SOURCES), "\n", *map(section, SOURCES), SPLITS, KEYS.format(keys=keys)]
    return "".join([*parts, DOWNLOAD.format(repository=REPOSITORY, extra=EXTRA)])


def main() -> int:
    """Write the page; return the exit code."""
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
