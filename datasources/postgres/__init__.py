"""Records and money in Postgres, over SQLAlchemy and asyncpg."""
