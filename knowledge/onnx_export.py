"""`python -m knowledge.onnx_export MODEL FILE`: make FILE, in the ONNX format, from a sentence-transformers model.

A process of its own, because torch takes memory that a web process never gets back. What it makes is compared with
the model before anybody sees it.
"""

import fcntl
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.onnx_model import OnnxModel
from knowledge.torch_model import TorchModel

# The least cosine between a vector of the file's and one of the model's.
LEAST_COSINE = 0.9999
_PROBES = [
    "",
    "Refund?",
    "How do I reset my password?",
    "Error E-4021 “straße” 東京 🎉 a_b.c " * 4,
    "a long text " * 200,
]


def main(model: Path, file: Path) -> None:
    """One process at a time makes the file; those who waited for it find it made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            unchecked = file.with_suffix(".unchecked")
            torch_model = TorchModel(model)
            _write(torch_model, unchecked)
            _compare(torch_model, OnnxModel(model, unchecked))
            os.replace(unchecked, file)


def _write(torch_model: TorchModel, file: Path) -> None:
    import torch

    class Outputs(torch.nn.Module):
        """The model with two plain arguments, and two of its outputs."""

        def __init__(self, model: Any) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any) -> Any:
            features = self.model({"input_ids": ids, "attention_mask": mask})
            return features["token_embeddings"], features["sentence_embedding"]

    ids = torch.tensor([[101, 2129, 2079, 102], [101, 2129, 102, 0]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    batch_of_tokens = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about constants of the trace
        torch.onnx.export(
            Outputs(torch_model.model.eval()),
            (ids, mask),
            str(file),
            input_names=["ids", "mask"],
            output_names=["words", "vectors"],
            dynamic_axes=dict.fromkeys(("ids", "mask", "words"), batch_of_tokens) | {"vectors": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )


def _compare(torch_model: TorchModel, onnx_model: OnnxModel) -> None:
    for expected, found in zip(torch_model.encode(_PROBES), onnx_model.encode(_PROBES), strict=True):
        if expected.words.shape != found.words.shape:
            raise SystemExit("the exported model splits texts into other words")
        cosines = np.append((expected.words * found.words).sum(axis=1), expected.vector @ found.vector)
        if not cosines.min() >= LEAST_COSINE:
            raise SystemExit(f"the exported model gives other vectors: cosine {cosines.min():.5f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
