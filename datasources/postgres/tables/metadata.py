"""The one metadata that every table joins, with names for every constraint."""

import sqlalchemy as sa

AT = sa.DateTime(timezone=True)
"""The type of every time: aware, stored as UTC."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
