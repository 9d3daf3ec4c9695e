"""config.yaml -> frozen values; every fault named at once, with its line and its mend."""

from feeds.config.read import check, load
from feeds.config.schema import config_reference, config_schema

__all__ = ["check", "config_reference", "config_schema", "load"]
