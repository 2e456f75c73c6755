"""What can go wrong with the model.

ModelError
├── ModelRefused      it does not accept our key
├── ModelBusy         it takes no more requests for now
├── ModelFailed       it answered with an error of its own, or with something that is no answer
├── ModelUnreachable  it could not be reached, or the connection was dropped
├── ModelTooSlow      it was silent for too long, or did not come to an end
├── NoReply           it answered, and said nothing
└── Stopped           it was stopped before it had said anything
"""


class ModelError(Exception):
    """The base. `text` has the words of the existing contract, `detail` those of /api/v1, `code` is for programs."""

    text = "Failed to process message. Please try again."
    detail = "The reply failed. Please try again."
    code = "internal"

    def __init__(self) -> None:
        super().__init__(self.detail)


class ModelRefused(ModelError):
    """The endpoint does not accept our key."""

    text = "Invalid API key"
    detail = "The model does not accept this site's key."
    code = "model_refused"


class ModelBusy(ModelError):
    """The endpoint takes no more requests for now."""

    text = "Rate limit exceeded. Please try again later."
    detail = "The model takes no more requests for now. Please try again later."
    code = "model_busy"


class ModelFailed(ModelError):
    """The endpoint failed."""

    text = "OpenAI service error. Please try again later."
    detail = "The model failed. Please try again later."
    code = "model_failed"


class ModelUnreachable(ModelError):
    """Nobody answered, or the answer broke off."""

    detail = "The model could not be reached, or the connection to it broke off. Please try again."
    code = "model_unreachable"


class ModelTooSlow(ModelError):
    """It did not go on in time."""

    detail = "The model did not go on in time. Please try again."
    code = "model_too_slow"


class NoReply(ModelError):
    """The model said nothing."""

    text = "No response from AI"
    detail = "The model said nothing. Please try again."
    code = "no_reply"


class Stopped(ModelError):
    """Somebody stopped the reply before the model had said anything."""

    detail = "The reply was stopped before it began."
    code = "stopped"


DETAILS = {kind.code: kind.detail for kind in (ModelError, *ModelError.__subclasses__())}
"""What each code means, for whoever finds a code that was stored."""
