"""The board: the picture, live beside the cells, or still."""

from labkit.board.boards import Boards
from labkit.board.dock import Docked
from labkit.board.live import Board
from labkit.board.still import Still
from labkit.board.widget import BoardWidget

__all__ = ["Board", "BoardWidget", "Boards", "Docked", "Still"]
