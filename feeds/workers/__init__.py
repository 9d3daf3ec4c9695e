"""Bytes from outside -> values, made in processes that may be killed and hold nothing of ours."""

from feeds.workers.pool import Workers

__all__ = ["Workers"]
