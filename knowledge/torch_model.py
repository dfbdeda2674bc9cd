"""The embedding model on sentence-transformers: what `knowledge.onnx_model` is made from, and stands in for it."""

import os
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from knowledge.words import Encoded, encoded, word_mask

# Texts that go through the model together are padded to the longest: fours, sorted by length, took half the time of 32.
_TOGETHER = 4


class TorchModel:
    """Takes seconds and 0.4 GB to load. Import it in no process that forks afterwards."""

    def __init__(self, path: Path) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        # OpenMP's threads wait by spinning: on a busy machine one question then takes half a second instead of 30 ms.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        from sentence_transformers import SentenceTransformer

        self.model = SentenceTransformer(str(path), device="cpu")
        self._is_word = word_mask(Tokenizer.from_file(str(path / "tokenizer.json")))

    def encode(self, texts: list[str]) -> list[Encoded]:
        """Both kinds of vectors, from one pass through the model."""
        outputs: Any = self.model.encode(texts, output_value=None, batch_size=_TOGETHER, show_progress_bar=False)
        results = []
        for output in outputs:
            length = int(output["attention_mask"].sum())
            are_words = self._is_word[output["input_ids"][:length].numpy()]
            vector, tokens = output["sentence_embedding"].numpy(), output["token_embeddings"][:length].numpy()
            results.append(encoded(vector, tokens, are_words))
        return results
