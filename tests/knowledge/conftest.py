"""Fixtures for the knowledge tests."""

import pytest

from tests.knowledge import reindexing
from tests.knowledge.sources import folder, site

__all__ = ["folder", "site"]


@pytest.fixture
def index(transactional_db):
    """An index that may be rebuilt: afterwards it is empty, and made for the bundled model again."""
    reindexing.ensure_recorded()
    yield
    reindexing.restore()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """Another embedding model, of other dimensions."""
    return reindexing.tiny_model(tmp_path_factory.mktemp("tiny"))
