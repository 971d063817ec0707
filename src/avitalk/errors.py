"""Errors that are the input's fault: the command line turns them into one line and exit code 2."""


class InputError(ValueError):
    """What was given cannot be used; the message names it and says what is allowed."""
