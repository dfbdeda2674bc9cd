"""Fixtures for the knowledge tests."""

from tests.knowledge.sources import folder, site

__all__ = ["folder", "site"]
