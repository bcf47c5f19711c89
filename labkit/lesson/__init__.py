"""What is taught: the notebooks, where each starts, and the learner's working copy."""
