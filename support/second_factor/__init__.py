"""The second factor of staff: an authenticator app, security keys, and recovery codes for when both are out of reach."""
