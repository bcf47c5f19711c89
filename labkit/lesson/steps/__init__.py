"""Steps that check themselves: what is to be done, what counts as done, and which ways do not lead there."""
