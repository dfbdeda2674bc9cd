"""Proving an e-mail address with a code, when a tool is only for those who have."""
