"""The kinds of entries, as numbers: what rows, batches and workers call them."""

FILE, FOLDER, SYMLINK = 0, 1, 2
