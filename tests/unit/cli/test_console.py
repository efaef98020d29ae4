"""Tables and progress of the commands."""

from rich.console import Console

from xai_core.cli import console
from xai_core.language import tr, using


def test_a_table_has_aligned_columns_and_no_markup():
    rows = [["method", "r"], ["lime", "0.5 [0.4, 0.6]"], ["random", "[/] 寿司"]]
    assert console.table(rows, "LR").splitlines() == [
        "method               r",
        "lime    0.5 [0.4, 0.6]",
        "random        [/] 寿司",
    ]


def test_a_long_row_stays_on_one_line_outside_a_terminal():
    assert len(console.table([["a" * 500, "b" * 500]], "LL").splitlines()) == 1


def test_lines_of_progress_come_now_and_then_and_measure_this_run_only(capsys):
    times = iter([0.0, 1.0, 11.0, 12.0])
    progress = console.ProgressLines("Predicting", "pictures", lambda: next(times))
    for done in (1000, 1100, 2100, 3000):
        progress(done, 3000)
    assert capsys.readouterr().err.splitlines() == [
        "Predicting: 2,100 of 3,000 pictures, 100.0/s, 9 s left",
        "Predicting: 3,000 of 3,000 pictures, 166.7/s, 0 s left",
    ]


def test_on_a_terminal_a_bar_shows_rate_and_time_left(monkeypatch):
    screen = Console(force_terminal=True, width=120, record=True)
    monkeypatch.setattr(console, "stderr", screen)
    with console.progress("Predicting", "pictures") as progress:
        for done in (500, 600, 1000):
            progress(done, 1000)
    shown = screen.export_text()
    assert "1000/1000" in shown
    assert "pictures/s" in shown


def test_progress_is_in_the_language_of_the_reader(capsys):
    with using("ja"), console.progress("Predicting", "pictures") as progress:
        progress(1000, 3000)
        progress(3000, 3000)
    (line,) = capsys.readouterr().err.splitlines()
    assert "画像 3,000/3,000、" in line


def test_an_answer_for_programs_is_in_english():
    with using("ja"):
        with console.answer_language(as_json=True):
            assert tr("Sign out") == "Sign out"
        with console.answer_language(as_json=False):
            assert tr("Sign out") == "サインアウト"
