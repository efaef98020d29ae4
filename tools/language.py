"""Print figures about the language of Python source trees.

Usage: python tools/language.py FOLDER [FOLDER ...]

For each folder the table has the share of docstrings that open with a clause ("What", "How", "Whether", "Of" ...), the
same for module docstrings alone, the share of first lines with a semicolon or a colon, the median length of first
lines, and the share of lines that are comments. CONTRIBUTING.md says how to read them.
"""

import ast
import io
import statistics
import sys
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

CLAUSE_OPENERS = frozenset(
    [
        *("what", "how", "which", "whether", "where", "when", "who", "whose", "why", "here"),
        *("of", "that", "as", "if", "by", "from", "for", "in", "on", "to", "with"),
    ]
)
SKIPPED_FOLDERS = frozenset({".venv", "build", "node_modules", ".git", "__pycache__"})
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(slots=True)
class Tally:
    """Counts over the files of one tree."""

    first_lines: list[str] = field(default_factory=list)
    module_lines: list[str] = field(default_factory=list)
    lines: int = 0
    comment_lines: int = 0

    def add(self, source: str) -> None:
        """Count one file."""
        self.lines += sum(1 for line in source.splitlines() if line.strip())
        self.comment_lines += comment_lines(source)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node)):
                first_line = text.partition("\n")[0]
                self.first_lines.append(first_line)
                if isinstance(node, ast.Module):
                    self.module_lines.append(first_line)


def opens_with_clause(first_line: str) -> bool:
    """Return True for a first line that starts with a question word or a preposition.

    >>> opens_with_clause("Whether the mask is a blur."), opens_with_clause("Return True for a blur.")
    (True, False)
    """
    opening = first_line.split(maxsplit=1)[0].lower().strip(",.:;") if first_line.strip() else ""
    return opening in CLAUSE_OPENERS or first_line.lower().startswith("the same")


def has_second_clause(first_line: str) -> bool:
    """Return True for a first line with a semicolon or a colon.

    >>> has_second_clause("Masks: what is hidden."), has_second_clause("Compose masked pictures.")
    (True, False)
    """
    return ";" in first_line or ":" in first_line


def comment_lines(source: str) -> int:
    """Count the lines that hold nothing but a comment."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return sum(1 for token in tokens if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#"))


def share(lines: list[str], test: Callable[[str], bool]) -> str:
    """Format the share of lines that pass a test."""
    return f"{sum(map(test, lines)) / len(lines):.1%}" if lines else "-"


def source_files(folder: Path) -> Iterator[Path]:
    """Yield the Python files below a folder, without environments and caches."""
    for path in sorted(folder.rglob("*.py")):
        if not SKIPPED_FOLDERS & set(path.parts):
            yield path


def tally(folder: Path) -> Tally:
    """Count all files below a folder."""
    counts = Tally()
    for path in source_files(folder):
        counts.add(path.read_text("utf-8"))
    return counts


def main(folders: list[str]) -> int:
    """Print a row for each folder; return the exit code."""
    if not folders:
        sys.stderr.write("Name at least one folder: python tools/language.py xai_core pages\n")
        return 2
    header = ("folder", "docstrings", "open with a clause", "modules so", '";" or ":"', "median length", "comments")
    sys.stdout.write(" | ".join(header) + "\n")
    for folder in folders:
        counts = tally(Path(folder))
        lengths = [len(line) for line in counts.first_lines]
        row = (
            folder,
            str(len(counts.first_lines)),
            share(counts.first_lines, opens_with_clause),
            share(counts.module_lines, opens_with_clause),
            share(counts.first_lines, has_second_clause),
            f"{statistics.median(lengths):.0f}" if lengths else "-",
            f"{counts.comment_lines / counts.lines:.1%}" if counts.lines else "-",
        )
        sys.stdout.write(" | ".join(row) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
