"""What ``benchmarks/classroom.py`` measures a class by."""
