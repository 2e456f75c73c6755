"""The errors of the model.

ModelError
├── ModelRefused      it does not accept our key
├── ModelBusy         its rate limit is reached
├── ModelFailed       it answered with an error, or with something that is not a reply
├── ModelUnreachable  it could not be reached, or the connection was dropped
├── ModelTooSlow      it was silent for too long, or the reply took too long
├── NoReply           it answered without any text
└── Stopped           the reply was stopped before it had any text
"""


class ModelError(Exception):
    """The base. `text` is the existing API's error text, `detail` that of /api/v1, `code` is for programs."""

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
    """The endpoint's rate limit is reached."""

    text = "Rate limit exceeded. Please try again later."
    detail = "The model accepts no more requests at the moment. Please try again later."
    code = "model_busy"


class ModelFailed(ModelError):
    """The endpoint failed."""

    text = "OpenAI service error. Please try again later."
    detail = "The model failed. Please try again later."
    code = "model_failed"


class ModelUnreachable(ModelError):
    """The endpoint could not be reached, or the connection was dropped."""

    detail = "The model could not be reached, or the connection was dropped. Please try again."
    code = "model_unreachable"


class ModelTooSlow(ModelError):
    """The model was silent for too long, or the reply took too long."""

    detail = "The model did not go on in time. Please try again."
    code = "model_too_slow"


class NoReply(ModelError):
    """The model answered without any text."""

    text = "No response from AI"
    detail = "The model gave no reply. Please try again."
    code = "no_reply"


class Stopped(ModelError):
    """The reply was stopped before it had any text."""

    detail = "The reply was stopped before it began."
    code = "stopped"


DETAILS = {kind.code: kind.detail for kind in (ModelError, *ModelError.__subclasses__())}
"""The v1 text of each code, for codes read from the store."""
