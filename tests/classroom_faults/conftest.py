"""The class that the faults befall: as that of tests/classroom is set up, and one of its own."""

from tests.classroom.conftest import school

__all__ = ["school"]
