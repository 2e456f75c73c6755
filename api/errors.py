"""The errors of the API conventions; `aira_site.http.exception_handler` turns them into responses.

APIException (DRF)
├── WrongFields           400  fields of the body or the query are not valid: `fields` says what is allowed
├── RequestInFlight       409  a request with the same Idempotency-Key is being processed: try again
├── PreconditionFailed    412  If-Match names another version than the stored one: read it again
├── BodyTooLarge          413  the body is larger than the endpoint accepts: send less at once
└── RequestKeyReused      422  the Idempotency-Key was used with another request before: use a new key
"""

from collections.abc import Mapping

from rest_framework.exceptions import APIException


class WrongFields(APIException):
    """Fields are missing, of the wrong type, or out of range; `fields` maps each name to what is wrong."""

    status_code = 400
    default_detail = "Some fields are not valid"
    default_code = "wrong_fields"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.fields = dict(fields)


class RequestInFlight(APIException):
    """A request with the same Idempotency-Key is being processed."""

    status_code = 409
    default_detail = "A request with this Idempotency-Key is being processed"
    default_code = "request_in_flight"
    retry_after_s = 1


class PreconditionFailed(APIException):
    """The stored version is not one that If-Match names."""

    status_code = 412
    default_detail = "It has changed since it was read; read it again"
    default_code = "precondition_failed"


class BodyTooLarge(APIException):
    """The body is larger than the endpoint accepts."""

    status_code = 413
    default_detail = "The body is too large"
    default_code = "body_too_large"


class RequestKeyReused(APIException):
    """The Idempotency-Key was used with another request before."""

    status_code = 422
    default_detail = "Idempotency-Key was used with another body"
    default_code = "request_key_reused"
