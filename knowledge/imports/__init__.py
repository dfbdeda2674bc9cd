"""Imports by upload: files are read, what would become of them is shown, and a person decides."""
