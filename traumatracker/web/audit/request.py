"""The id of the request that is being answered, under which its events are written down."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")  # "" outside a page: a command or the live worker
