"""Errors of the conventions; `aira_site.http.exception_handler` makes responses of them.

APIException (DRF)
├── WrongFields           400  fields of the body or the query; `fields` names each with what to write instead
├── RequestInFlight       409  the same Idempotency-Key is being answered now: try again
├── PreconditionFailed    412  If-Match names another version than the stored one: read it again
├── BodyTooLarge          413  the body is larger than the endpoint takes: send less at once
└── RequestKeyReused      422  the Idempotency-Key came with another request before: use a new key
"""

from collections.abc import Mapping

from rest_framework.exceptions import APIException


class WrongFields(APIException):
    """Fields that are missing, of another type, or out of range; `fields` is name -> what is wrong."""

    status_code = 400
    default_detail = "Some fields are not valid"
    default_code = "wrong_fields"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.fields = dict(fields)


class RequestInFlight(APIException):
    """The same request is being answered at this moment."""

    status_code = 409
    default_detail = "A request with this Idempotency-Key is being answered"
    default_code = "request_in_flight"
    retry_after_s = 1


class PreconditionFailed(APIException):
    """What is stored is another version than the one that If-Match names."""

    status_code = 412
    default_detail = "It was changed since; read it again"
    default_code = "precondition_failed"


class BodyTooLarge(APIException):
    """The body is larger than the endpoint takes."""

    status_code = 413
    default_detail = "The body is too large"
    default_code = "body_too_large"


class RequestKeyReused(APIException):
    """An Idempotency-Key stands for one request alone."""

    status_code = 422
    default_detail = "Idempotency-Key was used with another body"
    default_code = "request_key_reused"
