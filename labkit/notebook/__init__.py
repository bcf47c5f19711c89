"""What a cell says and prints."""
