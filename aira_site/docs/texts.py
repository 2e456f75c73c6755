"""The descriptions of statuses and parameters in the OpenAPI document."""

ANSWERS = {
    200: "The request succeeded.",
    201: "The resource was created.",
    202: "The write was accepted, and is not finished: so far it may be only in this host's journal.",
    429: "A limit is reached.",
    500: "The request failed.",
    503: "Requests cannot be served.",
}
ERRORS = {
    400: "The request is not valid.",
    401: "The credential is missing, wrong or expired.",
    403: "The caller may not do this.",
    404: "The resource does not exist, or not for this caller.",
    409: "The request contradicts what is stored, the resource was deleted, or the same request is being processed.",
    411: "The body has no Content-Length.",
    412: "The stored version is not the one that If-Match names.",
    413: "The body is too large.",
    422: "The Idempotency-Key was used with another request before.",
    429: "A limit is reached; Retry-After says when to try again.",
    500: "The model did not answer.",
    503: "The store is not available now.",
}
PARAMETERS = {
    "archived": "True for archived conversations only, false for the others only.",
    "chatId": "The chat's id.",
    "conversation_id": "The conversation's id.",
    "country": "The country's code (ISO 3166); without one, all countries.",
    "cursor": "The nextCursor or previousCursor of another page.",
    "days": "The number of days.",
    "email": "The email to look up.",
    "from": "Only entries at or after this time, ISO 8601.",
    "full": "1 to include the messages.",
    "Idempotency-Key": "Any text of your own; if the request is repeated with it, it is done only once.",
    "If-Match": "The ETag of the version to change; any other version is not changed (412).",
    "limit": "The maximum number of entries.",
    "mood_id": "The entry's id.",
    "reply_id": "The reply's id.",
    "title": "Only conversations whose title contains this text.",
    "token": "The last part of the receipt's address.",
    "until": "Only entries at or before this time, ISO 8601.",
    "userId": "The user that the request is about; by default the caller. A service key must name one.",
}
