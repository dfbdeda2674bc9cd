"""Telling people by e-mail that a customer waits and that nobody is looking."""
