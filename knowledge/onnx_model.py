"""The embedding model on ONNX Runtime: the same weights and vectors as with torch, in half the time, loaded in a second.

The file is made from sentence-transformers once, by a process of its own (`knowledge.onnx_export`), and kept in
MODEL_DIR. Nothing here imports torch.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from knowledge.words import Encoded, encoded, word_mask

# Texts of one pass, sorted by length and padded to the longest.
_TOGETHER = 4
# A core more makes one text faster and all texts together more costly.
_MAX_THREADS = 4
_HAS_AFFINITY = hasattr(os, "sched_getaffinity")  # not on macOS
_EXPORT_SECONDS = 600
ROOT = Path(__file__).parent.parent


class ExportFailed(Exception):
    """No file could be made from the model, or it is of no use."""


class OnnxModel:
    """A model from a file that `export` made. Raises ExportFailed when it cannot be read."""

    def __init__(self, model: Path, file: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(len(os.sched_getaffinity(0)) if _HAS_AFFINITY else 2, _MAX_THREADS)
        options.inter_op_num_threads = 1
        # What one long text needed is given back after it.
        options.enable_cpu_mem_arena = False
        # A thread that waits by spinning takes the time of those that work.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its errors have no common base
            raise ExportFailed(f"{file.name} cannot be read") from error
        self._tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens(model))
        self._is_word = word_mask(self._tokenizer)

    def encode(self, texts: list[str]) -> list[Encoded]:
        """Both kinds of vectors, from one pass through the model."""
        tokens = [np.array(encoding.ids) for encoding in self._tokenizer.encode_batch(texts)]
        by_length = sorted(range(len(texts)), key=lambda index: len(tokens[index]))
        results: dict[int, Encoded] = {}
        for start in range(0, len(texts), _TOGETHER):
            group = by_length[start : start + _TOGETHER]
            results.update(zip(group, self._together([tokens[index] for index in group]), strict=True))
        return [results[index] for index in range(len(texts))]

    def _together(self, texts: list[NDArray[np.int64]]) -> list[Encoded]:
        ids = np.zeros((len(texts), max(map(len, texts))), np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(texts):
            ids[row, : len(text)], mask[row, : len(text)] = text, 1
        words, vectors = self._session.run(["words", "vectors"], {"ids": ids, "mask": mask})
        return [encoded(vectors[row], words[row, : len(text)], self._is_word[text]) for row, text in enumerate(texts)]


def max_tokens(model: Path) -> int:
    """How many tokens of a text a sentence-transformers model reads."""
    limit: int = json.loads((model / "sentence_bert_config.json").read_text())["max_seq_length"]
    return limit


def export(model: Path, file: Path) -> None:
    """Make `file` from the model unless it is there; whoever comes second waits for the first. Raises ExportFailed."""
    if file.exists():
        return
    command = [sys.executable, "-m", "knowledge.onnx_export", str(model), str(file)]
    try:
        made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_EXPORT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise ExportFailed("it took too long") from error
    if made.returncode:
        raise ExportFailed(made.stderr.strip().rpartition("\n")[2] or f"exit status {made.returncode}")
