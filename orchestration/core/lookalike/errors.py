"""Errors of lookalikes."""


class LookalikeError(ValueError):
    """A lookalike cannot be made; the message names the audience and what to do."""
