"""Names as literal text in Markdown and in charts.

Names of classes, pictures, studies, files and people come from outside. Streamlit draws most texts as Markdown, in
which a name of the form of an image link would make every viewer's browser fetch it from another machine. Everything
that shows a name goes through a function of this module.
"""

import html
import re

from pages.ui.access import visitors
from xai_core.errors import XaiError
from xai_core.labels import words

WORD_JOINER = "\N{WORD JOINER}"
"""Invisible character that joins words."""

_ALWAYS = re.compile(r"[\\`*\[\]<~$]|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])")
_AT_START = re.compile(r"[#>=+-]|\d{1,9}(?=[.)])")

# Streamlit finds emoji, icons, bare links and arrows in the text after the escapes are resolved. The joiner keeps their
# patterns from fitting and changes nothing that is seen.
_PATTERNS = (
    re.compile(r"(?<=:)(?=[\w+-])"),  # :smile:, :material/star:, :red[...]
    re.compile(r"(?<=:)(?=//)"),  # https://
    re.compile(r"(?<=www)(?=\.)", re.IGNORECASE),
    re.compile(r"(?<=@)(?=\w)"),  # a@b.org
    re.compile(r"(?<=[-<>~])(?=[->=])"),  # ->, <-, --, >=
)

_FOLDERS = re.compile(r"(?<![A-Za-z0-9_/.:])/(?:[^\s/'\"“”:,;()、。「」：（）]+/)+(?=[^\s/])")  # noqa: RUF001
"""Folders in front of the name of a file, in an absolute path."""


def literal(text: str) -> str:
    r"""Return Markdown that shows a text exactly as it is, on one line.

    >>> literal("pork_chop/12"), literal("a*b")
    ('pork_chop/12', 'a\\*b')
    """
    text = " ".join(text.split())
    for pattern in _PATTERNS:
        text = pattern.sub(WORD_JOINER, text)
    text = _ALWAYS.sub(r"\\\g<0>", text)
    if start := _AT_START.match(text):
        # A backslash may stand before punctuation only: "1." is a list, and so is not "1\.".
        at = start.end() if start[0].isdigit() else 0
        text = f"{text[:at]}\\{text[at:]}"
    return text


def literal_words(name: str) -> str:
    """Return Markdown that shows a class name as people write it."""
    return literal(words(name))


def fault_text(fault: XaiError) -> str:
    """Return the sentence of an error as Markdown, for those who do not run the server without its folders."""
    return literal(fault_sentence(fault))


def fault_sentence(fault: XaiError, *, with_folders: bool | None = None) -> str:
    """Return the sentence of an error, with the folders of the server if asked; as the visitor may see it by default.

    >>> fault_sentence(XaiError("The file /srv/studies/a.npz cannot be read: gone."), with_folders=False)
    'The file a.npz cannot be read: gone.'
    """
    return shown_path(fault.sentence, with_folders=with_folders)


def shown_path(text: str, *, with_folders: bool | None = None) -> str:
    """Return a text about files, with the folders of the server if asked; as the visitor may see it by default."""
    shown = visitors.sees_folders() if with_folders is None else with_folders
    return text if shown else _FOLDERS.sub("", text)


def without_markdown(text: str) -> str:
    r"""Return the text that bold Markdown with literal names shows, for reports.

    >>> without_markdown(f"**{literal('a*b')}** is right")
    'a*b is right'
    """
    return re.sub(r"\\([!-/:-@\[-`{-~])|\*\*", r"\1", text).replace(WORD_JOINER, "")


def chart_text(text: str) -> str:
    """Return the text for a chart, in which plotly would take tags and numbers in braces for its own.

    >>> chart_text("a <b> & %{x}").replace(chr(0x2060), "")
    'a &lt;b&gt; &amp; %{x}'
    """
    return html.escape(text, quote=False).replace("%{", f"%{WORD_JOINER}{{")
