"""What can go wrong with the model.

ModelError
├── ModelRefused      it does not accept our key
├── ModelBusy         it takes no more requests for now
├── ModelFailed       it answered with an error of its own, or with something that is no answer
├── ModelUnreachable  it could not be reached, was too slow, or the connection was dropped
└── NoReply           it answered, and said nothing
"""


class ModelError(Exception):
    """The base; the text is meant for the caller and holds nothing of what was said."""

    text = "Failed to process message. Please try again."

    def __init__(self) -> None:
        super().__init__(self.text)


class ModelRefused(ModelError):
    """The endpoint does not accept our key."""

    text = "Invalid API key"


class ModelBusy(ModelError):
    """The endpoint takes no more requests for now."""

    text = "Rate limit exceeded. Please try again later."


class ModelFailed(ModelError):
    """The endpoint failed."""

    text = "OpenAI service error. Please try again later."


class ModelUnreachable(ModelError):
    """Nobody answered in time, or the answer broke off."""


class NoReply(ModelError):
    """The model said nothing."""

    text = "No response from AI"
