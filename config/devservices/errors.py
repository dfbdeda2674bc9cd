"""What goes wrong before or while starting, said in one sentence with what to do about it."""


class DevServicesError(Exception):
    """A start that cannot go on; its text is shown to the user as it is."""
