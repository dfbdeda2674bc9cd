"""The audit trail: who did what, in entries that are only ever added, chained so that tampering shows (docs/audit.md)."""
