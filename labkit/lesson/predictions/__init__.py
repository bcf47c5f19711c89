"""Predictions: what a learner thinks will happen, and what the recording says did."""
