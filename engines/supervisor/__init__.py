"""Starts and stops real Postgres and Valkey from wheels, and our local servers, bound to the life of this process."""

from engines.supervisor.databases import create_database, database_url, drop_database
from engines.supervisor.errors import EngineError
from engines.supervisor.local_engines import LocalEngines

__all__ = ["EngineError", "LocalEngines", "create_database", "database_url", "drop_database"]
