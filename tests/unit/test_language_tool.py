"""The figures of tools/language.py, on a text that can be counted by hand."""

from tools import language

SOURCE = '''"""What a mask hides: a riddle."""

# A reason.
LIMIT = 3  # not a line of its own


def limit():
    """Return the limit."""
    return LIMIT


class Queue:
    """Queue of jobs; with fair turns."""
'''


def test_docstrings_and_comments_are_counted():
    counts = language.Tally()
    counts.add(SOURCE)
    module, *others = counts.first_lines
    assert module == "What a mask hides: a riddle."
    assert sorted(others) == ["Queue of jobs; with fair turns.", "Return the limit."]
    assert (language.opens_with_clause(module), language.has_second_clause(module)) == (True, True)
    assert not any(map(language.opens_with_clause, others))
    assert sum(map(language.has_second_clause, others)) == 1
    assert (counts.comment_lines, counts.lines) == (1, 8)


def test_a_row_is_printed_for_each_folder(tmp_path, capsys):
    (tmp_path / "module.py").write_text(SOURCE, "utf-8")
    assert language.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[1] == f"{tmp_path} | 3 | 33.3% | 100.0% | 66.7% | 28 | 12.5%"
