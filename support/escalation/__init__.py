"""Policies of inboxes, why conversations were handed over, and what another policy would have done."""
