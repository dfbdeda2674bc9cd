"""The knowledge base: articles, their index, and searches in it."""

import os

# NumPy's products here are small. Spread over threads, which wait for each other by spinning, they take 40 times as
# long on a busy machine. Read when NumPy is first imported; torch has threads of its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
