"""Print the modules of a folder as a tree, each with the first line of its docstring.

Usage: python tools/tree.py FOLDER [FOLDER ...]
       python tools/tree.py --write    puts the tree of this project into docs/architecture.md
"""

import ast
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "architecture.md"
HEADING = "## All modules\n"
PROJECT_FOLDERS = ("xai_core", "pages")


def first_line(path: Path) -> str:
    """Return the first line of a module's docstring, without its full stop."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return text.partition("\n")[0].rstrip(".")


def rows(folder: Path, depth: int = 0) -> list[tuple[str, str]]:
    """List a folder and its modules as indented names with first lines, sub-folders first."""
    package = folder / "__init__.py"
    found = [("  " * depth + folder.name + "/", first_line(package) if package.is_file() else "")]
    for child in sorted(folder.iterdir(), key=lambda path: (path.is_file(), path.name)):
        if child.is_dir() and child.name != "__pycache__":
            found += rows(child, depth + 1)
        elif child.suffix == ".py" and child.name != "__init__.py":
            found.append(("  " * (depth + 1) + child.name, first_line(child)))
    return found


def tree(folders: Sequence[Path]) -> str:
    """Return the trees of some folders, a line per folder and module."""
    found = [row for folder in folders for row in rows(folder)]
    width = max(len(name) for name, _ in found)
    return "\n".join(f"{name:<{width}}  {text}".rstrip() for name, text in found) + "\n"


def with_tree(document: str) -> str:
    """Return the text of docs/architecture.md with the present tree below its last heading."""
    before, _, _ = document.partition(HEADING)
    text = "`python tools/tree.py --write` makes this list from the first lines of the docstrings."
    return f"{before}{HEADING}\n{text}\n\n```\n{tree([ROOT / name for name in PROJECT_FOLDERS])}```\n"


def main(arguments: list[str]) -> int:
    """Print the tree of each folder, or write that of the project; return the exit code."""
    if arguments == ["--write"]:
        DOCUMENT.write_text(with_tree(DOCUMENT.read_text("utf-8")), "utf-8")
        return 0
    if not arguments:
        sys.stderr.write("Name at least one folder: python tools/tree.py xai_core pages\n")
        return 2
    sys.stdout.write(tree([Path(argument) for argument in arguments]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
