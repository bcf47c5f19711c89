"""The board: the picture, live beside the cells, or still."""
