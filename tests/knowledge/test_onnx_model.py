"""Vectors come from ONNX Runtime, and are those of sentence-transformers."""

import subprocess
import sys

import numpy as np
import pytest

from config.common import events
from knowledge import embeddings, model_files, onnx_export, onnx_model
from knowledge.onnx_model import ExportFailed, OnnxModel
from knowledge.torch_model import TorchModel
from tests.engines import ROOT

TEXTS = [
    "How do I get my money back?",
    "",
    "?! 🎉",
    "Error E-4021: “straße”, 東京, naïve café — a_b.c",
    "refund " * 400,  # more than the model reads
    "| Plan | Price |\n|---|---|\n| Pro | 49 € |\n\n```python\nprint('x')\n```",
]


@pytest.fixture(scope="module")
def path():
    return model_files.model_path()


@pytest.fixture(scope="module")
def torch_model(path):
    return TorchModel(path)


@pytest.fixture(scope="module")
def exported(path):
    file = model_files.exported_path(path)
    onnx_model.export(path, file)
    return file


def test_vectors_are_those_of_sentence_transformers(path, torch_model, exported):
    """Red when the tokenizer does not truncate, or padding is not masked."""
    for expected, found in zip(torch_model.encode(TEXTS), OnnxModel(path, exported).encode(TEXTS), strict=True):
        assert expected.vector @ found.vector >= onnx_export.LEAST_COSINE
        assert expected.words.shape == found.words.shape
        assert (expected.words * found.words).sum(axis=1).min(initial=1) >= onnx_export.LEAST_COSINE


def test_company_changes_nothing(path, exported):
    """A text gives the same vectors alone and beside longer ones. Red when results are not put back in order."""
    model = OnnxModel(path, exported)
    for text, together in zip(TEXTS, model.encode(TEXTS), strict=True):
        (alone,) = model.encode([text])
        assert np.allclose(alone.vector, together.vector, atol=1e-5)
        assert np.allclose(alone.words, together.words, atol=1e-5)


def test_what_gives_other_vectors_is_refused(path, torch_model, exported, monkeypatch):
    """Red when `_compare` looks at nothing."""
    model = OnnxModel(path, exported)
    onnx_export._compare(torch_model, model)
    encode = OnnxModel.encode
    monkeypatch.setattr(OnnxModel, "encode", lambda self, texts: encode(self, list(reversed(texts))))
    with pytest.raises(SystemExit):
        onnx_export._compare(torch_model, model)


def test_the_export_is_made_once(path, exported, monkeypatch):
    monkeypatch.setattr(subprocess, "run", None)
    onnx_model.export(path, exported)


def test_a_model_that_is_none_says_so(tmp_path):
    with pytest.raises(ExportFailed):
        onnx_model.export(tmp_path, tmp_path / "out" / "none.onnx")
    assert not (tmp_path / "out" / "none.onnx").exists()


def test_without_a_usable_export_torch_takes_over(tmp_path, settings, path, monkeypatch):
    """Red when `_load` does not catch ExportFailed."""
    settings.MODEL_DIR = tmp_path
    model_files.exported_path(path).write_bytes(b"no model")
    told = []
    monkeypatch.setattr(events, "emit", lambda event, level, **fields: told.append(event))
    assert isinstance(embeddings._load(), TorchModel)
    assert told == ["embedding.on_torch"]


def test_a_process_loads_no_heavy_library_before_it_needs_it(exported):
    """Red when `knowledge.embeddings` imports torch_model at its top, or `agents.llm` openai_client, or `calling` mcp."""
    program = (
        "import django; django.setup(); import sys; from knowledge.embeddings import backend; backend().encode('hello');"
        "print({'torch', 'sentence_transformers', 'openai', 'mcp', 'daphne'} & set(sys.modules) or 'none')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "none\n"
