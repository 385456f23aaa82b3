"""Both sides on disk, without making any frame wait."""
