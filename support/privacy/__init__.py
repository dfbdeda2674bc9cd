"""What is kept of a customer, for how long, and how it is shown to them and removed (docs/privacy.md)."""
