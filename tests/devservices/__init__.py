"""The supervisor of `make run`, its engines and its set-up."""
