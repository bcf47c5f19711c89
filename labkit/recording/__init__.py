"""What the cluster was: everything that was heard, with the times, and the story in it."""
