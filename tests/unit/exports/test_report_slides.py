"""Reports as slides, and slides as reports."""

import numpy as np

from xai_core.exports.report import Figure, Report, Section, Table
from xai_core.exports.report_slides import MOST_FIGURES, report_slides, slides_report
from xai_core.exports.slides import Slide

GREY = np.full((8, 8, 3), 128, np.uint8)


def figures(count):
    return tuple(Figure(GREY, f"picture {number}") for number in range(count))


def test_every_section_with_figures_is_a_slide_and_all_words_are_kept():
    made = report_slides(
        Report(
            title="Why ravioli?",
            introduction="69% lies on the cloth.",
            sections=[
                Section("Maps", ("Full colour is 1.",), figures(MOST_FIGURES + 1)),
                Section("Numbers", ("Logits.",), table=Table(("Class", "Logit"), (("ravioli", "2.0"),))),
                Section("Classes", (), figures(2)),
            ],
            scale=Figure(GREY, "scale", lines=("Red is for.", "Blue is against.")),
            remarks=("Verdict: shortcut.",),
            facts=(("Study", "kitchen"),),
        )
    )
    assert [(slide.head, slide.sentence, len(slide.figures), slide.remark) for slide in made] == [
        ("Why ravioli?", "69% lies on the cloth.", MOST_FIGURES, "Red is for. Blue is against."),
        ("Why ravioli?", "Maps", 1, ""),
        ("Why ravioli?", "Classes", 2, ""),
    ]
    assert made[0].notes == ("Maps", "Full colour is 1.")
    assert made[1].notes == ("Numbers", "Logits.", "Class | Logit", "ravioli | 2.0")
    assert made[2].notes == ("Classes", "Verdict: shortcut.", "Study: kitchen")


def test_a_report_without_figures_has_one_slide():
    (made,) = report_slides(Report(title="T", introduction="I.", sections=[]))
    assert (made.head, made.sentence, made.figures, made.notes) == ("T", "I.", (), ())


def test_slides_become_sections_in_their_order():
    slides = [Slide("What it said", "Ravioli.", figures(1), ("Note.",), "Remark."), Slide("Why", "The cloth.")]
    report = slides_report(slides, "Pork chop taken for ravioli", [("Study", "kitchen")])
    assert (report.title, report.introduction) == ("Pork chop taken for ravioli", "Ravioli.")
    assert [(section.title, section.text, len(section.figures)) for section in report.sections] == [
        ("1. What it said", ("Ravioli.", "Remark.", "Note."), 1),
        ("2. Why", ("The cloth.",), 0),
    ]
