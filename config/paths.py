"""Paths that are treated apart; it imports nothing, as tracing needs it before there are any models."""

# Probes and files must not starve behind a busy client of the same address, and are not worth a span.
PROBES_AND_FILES = ("/static/", "/livez", "/readyz", "/health", "/metrics")
