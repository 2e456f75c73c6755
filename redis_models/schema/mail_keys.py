"""The names of the keys of mails that wait to be sent, which share a slot on a cluster. None of them names an email."""

from redis_models.schema.keys import is_cluster


def waiting() -> str:
    """Name the zset of mails that wait to be sent (JSON), by the time (ms) at which they were asked for."""
    return "aira:{mails}" if is_cluster() else "aira:mails"


def turn() -> str:
    """Name the string of the process that sends mails now."""
    return f"{waiting()}:turn"
