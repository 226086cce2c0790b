"""The one fault of the supervisor: its message is a sentence for the person who started the program."""


class EngineError(Exception):
    """A local engine could not be started or has ended; the message is one clear sentence."""
