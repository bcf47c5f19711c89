"""The working copy as a notebook sees it: the lesson's files, to be read, edited and taken back."""

# ruff: noqa: T201 - a cell prints facts: that is what a learner reads and nbval compares

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.lesson import hashes

if TYPE_CHECKING:
    from labkit.lesson.workspace import Workspace


class Files:
    """What a notebook can do to the lesson's files."""

    workspace: Workspace

    def check_holder(self) -> None:
        """Return if this notebook still has the lab; raises otherwise."""
        raise NotImplementedError

    def show(self, path: str, *fields: str) -> None:
        """Show a file of the working copy: what matters now stands open, the rest folds.

        Parameters
        ----------
        path
            Below the working copy, such as ``manifests/hello.yaml``.
        fields
            What matters now, such as ``replicas`` or ``template.metadata.labels``; the beginning when nothing is named.
        """
        from IPython.display import display  # noqa: PLC0415 - a notebook's first cell does not need it

        from labkit.notebook.shown import Shown  # noqa: PLC0415 - likewise

        display(Shown(self.workspace.read(path).rstrip(), fields))  # type: ignore[no-untyped-call]  # IPython's own

    def hash_of(self, path: str) -> str:
        """Return the first twelve digits of the SHA-256 of a file of the working copy: another text, another hash."""
        return hashes.hash_of(self.workspace.read(path))

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace `old` by `new` in a file of the working copy, as you would in an editor, and print the change."""
        self.check_holder()
        print(self.workspace.edit(path, old, new))

    def restore(self, path: str) -> None:
        """Take a file's original back; what you wrote yourself in it is kept, and it is said where."""
        kept = self.workspace.restore(path)
        print(f"{path} is the original again" + (f"; your version is kept in {kept}" if kept else ""))

    def files(self) -> None:
        """Print the files of the working copy."""
        print("\n".join(self.workspace.files()))
