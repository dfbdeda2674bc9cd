"""How much one import may be."""

# All files of an upload together.
MAX_UPLOAD_BYTES = 64 * 1024 * 1024
MAX_FILES = 50
# Files in zip archives, of one archive.
MAX_ENTRIES = 20_000
MAX_DOCUMENTS = 50_000
# What nobody has decided about for so long is cancelled.
UNDECIDED_DAYS = 7
# Tries of a file, or of an article, that have begun and not ended.
MAX_ATTEMPTS = 3
