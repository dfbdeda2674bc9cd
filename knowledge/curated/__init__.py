"""Curated answers: questions whose answer is fixed word for word, recognised before a model is asked."""
