"""What the tests of rebuilding the index have in common."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from knowledge import embeddings, model_files, recipes
from knowledge.models import Chunk, Collection, IndexRecord, Lexeme, Posting, Reindex
from knowledge.reindex import tables
from tests.engines import ROOT

DIMENSIONS = 64
_STRUCTURE = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text = ANY(%(tables)s)
UNION ALL
SELECT tablename, indexname, indexdef, '' FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%(tables)s)
UNION ALL
SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), concat(attstorage, attnotnull, attidentity)
FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid = ANY(%(tables)s::regclass[])
ORDER BY 1, 2, 3
"""


def tiny_model(folder: Path) -> Path:
    """A real sentence-transformers model: BERT of two layers, 64 dimensions and 64 tokens, with weights by chance."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(7)
    vocabulary = AutoTokenizer.from_pretrained(str(model_files.model_path()))
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=DIMENSIONS,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=128,
        initializer_range=0.3,
    )
    BertModel(config).save_pretrained(folder / "bert")
    vocabulary.save_pretrained(folder / "bert")
    transformer = modules.Transformer(str(folder / "bert"), max_seq_length=64)
    SentenceTransformer(modules=[transformer, modules.Pooling(DIMENSIONS)]).save(str(folder / "model"))
    settings = folder / "model" / "sentence_bert_config.json"
    settings.write_text(json.dumps({"max_seq_length": 64, "do_lower_case": False}))
    return folder / "model"


def ensure_recorded() -> None:
    """The record that a migration made of the index: a test before, which commits, empties it as the other tables."""
    if not IndexRecord.objects.exists():
        recipes.record(recipes.Recipe(embeddings.configured(), recipes.CHUNK_TOKENS, 384))


def restore() -> None:
    """The index as the migrations made it, empty."""
    for model in (Posting, Chunk, Lexeme, Collection, IndexRecord, Reindex):
        model.objects.all().delete()
    tables.drop(tables.NEXT)
    tables.drop(tables.PAST)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE knowledge_chunk ALTER embedding TYPE vector(384)")
    embeddings.follow(embeddings.configured())


def structure() -> list[tuple]:
    """All that the catalogue says of the index's tables, but which they are."""
    with connection.cursor() as cursor:
        cursor.execute(_STRUCTURE, {"tables": tables.TABLES})
        return cursor.fetchall()


def litter() -> bool:
    """Whether anything is left of a rebuild."""
    return tables.exist(tables.NEXT) or tables.exist(tables.PAST)


def contents() -> list[tuple]:
    """The chunks, with their vectors."""
    rows = Chunk.objects.order_by("article", "position").values_list("pk", "article", "position", "text", "embedding")
    return [(*row, None if vector is None else tuple(vector)) for *row, vector in rows]


def environment(**more: str) -> dict[str, str]:
    """Of a process of the product on the tests' database."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    return os.environ | {"DATABASE_URL": url, "PYTHONUNBUFFERED": "1"} | more


def command(*arguments: str, **more: str) -> "subprocess.Popen[str]":
    """`manage.py reindex` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "reindex", *arguments],
        cwd=ROOT,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
