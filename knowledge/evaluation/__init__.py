"""Measuring retrieval on public test collections, in a scratch knowledge base."""
