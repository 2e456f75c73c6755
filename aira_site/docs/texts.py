"""What the OpenAPI document says of statuses and parameters, which mean the same everywhere."""

ANSWERS = {
    200: "It was done.",
    201: "It was made.",
    202: "It was accepted, and is only in this host's journal so far.",
    429: "A limit is reached.",
    500: "It failed.",
    503: "Requests cannot be served.",
}
ERRORS = {
    400: "Something in the request is not valid.",
    401: "No credential, or one that is wrong or over.",
    403: "This caller may not do it.",
    404: "It does not exist, for this caller.",
    409: "It contradicts what is stored, was deleted, or is being answered at this moment.",
    411: "The body has no length.",
    412: "It is not the version that If-Match names any more.",
    413: "The body is too large.",
    422: "The Idempotency-Key came with another request before.",
    429: "A limit is reached; Retry-After says when to come back.",
    500: "The model did not answer.",
    503: "The store is not available now.",
}
PARAMETERS = {
    "archived": "Only conversations that are put away, or only those that are not.",
    "chatId": "The chat's id.",
    "conversation_id": "The conversation's id.",
    "country": "The country's code (ISO 3166); without one, all countries.",
    "cursor": "The nextCursor or previousCursor of another page.",
    "days": "Of how many days.",
    "email": "The email to look up.",
    "from": "Not before this moment, ISO 8601.",
    "full": "1 for the messages too.",
    "Idempotency-Key": "Any text of your own, so that the request can be repeated: it is done once.",
    "If-Match": "The ETag of the version that is to be changed; another one is not changed (412).",
    "limit": "How many entries at most.",
    "mood_id": "The entry's id.",
    "reply_id": "The reply's id.",
    "title": "Only conversations whose title holds this.",
    "until": "Not after this moment, ISO 8601.",
    "userId": "Whom it is about; a user's own id if it is left out. A service key must name one.",
}
