"""The PDFs: the templates of ``handouts/`` set by Typst. Nothing of the machine goes into them: no font, no date."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import font_source_sans_pro
import typst

from labkit.errors import LabError
from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from labkit.handouts.content import Content

TEMPLATES = REPO / "handouts"

_FACES = ("Regular", "It", "Semibold", "SemiboldIt", "Bold", "BoldIt")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One PDF: its file's name, the template that lays it out, and what that is told."""

    file: str
    template: str
    inputs: Mapping[str, str]


#: All of them.
SHEETS = (
    Sheet("learner-a4.pdf", "learner.typ", {"paper": "a4"}),
    Sheet("learner-letter.pdf", "learner.typ", {"paper": "us-letter"}),
    Sheet("learner-large.pdf", "learner.typ", {"paper": "a4", "large": "yes"}),
    Sheet("instructor.pdf", "instructor.typ", {"paper": "a4"}),
    Sheet("command-card.pdf", "card.typ", {"paper": "a4"}),
    Sheet("exercises.pdf", "exercises.typ", {"paper": "a4"}),
    Sheet("exercises-solutions.pdf", "exercises.typ", {"paper": "a4", "solutions": "yes"}),
)


class Press:
    """Sets sheets from one content."""

    def __init__(self, root: Path, fonts: Path) -> None:
        self._root, self._fonts = root, fonts

    def pdf(self, sheet: Sheet) -> bytes:
        """Return a sheet as a tagged PDF (PDF/UA-1: Typst refuses it where an alternative text is missing).

        Raises
        ------
        LabError
            If Typst cannot set it.
        """
        try:
            compiled = typst.compile(
                self._root / sheet.template,
                root=self._root,
                font_paths=[self._fonts],
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards="ua-1",
                sys_inputs=dict(sheet.inputs),
                timestamp=0,
            )
        except typst.TypstError as error:
            raise LabError(
                f"Typst cannot set {sheet.file}: {error.message}",
                remedy="mend the text that it points to in the notebook; if nothing is wrong with it, please report it",
                detail="\n".join([error.diagnostic, *error.hints]),
            ) from error
        if not isinstance(compiled, bytes):
            raise TypeError("Typst gave pages where one file was asked for")
        return compiled


@contextmanager
def press(content: Content) -> Iterator[Press]:
    """Lay out a folder with fonts, templates, texts and pictures, from which sheets are set."""
    with tempfile.TemporaryDirectory(prefix="labkit-handouts-") as name:
        root = Path(name)
        fonts = root / "fonts"
        fonts.mkdir()
        for face in _FACES:  # only these: the package has each face twice, as TrueType and as OpenType
            file = Path(font_source_sans_pro.font_directory) / f"SourceSansPro-{face}.ttf"
            (fonts / file.name).write_bytes(file.read_bytes())
        for template in TEMPLATES.glob("*.typ"):
            (root / template.name).write_bytes(template.read_bytes())
        (root / "content.json").write_text(json.dumps(content.tree, ensure_ascii=False), encoding="utf-8")
        for file_name, svg in content.pictures.items():
            (root / file_name).write_text(svg, encoding="utf-8")
        yield Press(root, fonts)
