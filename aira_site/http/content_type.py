"""The Content-Type of requests: only its first part says anything to us. Pure.

Django decodes queries and forms by the encoding that the header names, and takes any that Python has: some are none of
text (`hex`) or fail on everything (`undefined`), and the request fails before there is one. Ours are always UTF-8.
"""


def without_parameters(content_type: str) -> str:
    """Return the type alone: `text/plain; charset=hex` becomes `text/plain`."""
    return content_type.partition(";")[0].strip()
