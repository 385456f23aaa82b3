"""The records on a PostgreSQL server, which several gateways may share and which may go away for a while."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import psycopg
from sqlalchemy import Engine, NullPool, create_engine, event, text
from sqlmodel import Session

from gateway.records.address import PostgresAddress
from gateway.records.backend import Access
from gateway.records.errors import NameInUse
from gateway.records.schema import prepare_schema

_LOCKS = 0x47415445
"""First key of the advisory locks of gateways; the second says which lock."""
_SCHEMA_LOCK, _DELIVERY_LOCK = 1, 2

_CONNECTION = {
    "connect_timeout": 5,
    # A cable that is pulled is noticed within seconds, not after the two hours that TCP would take.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "gateway",
}
_STATEMENT_TIMEOUT_MS = 30_000
_LOCK_TIMEOUT_MS = 10_000
_FORGOTTEN = ("turn", "fact", "action", "event", "call", "leg", "search_document")


class PostgresBackend:
    """A database on a PostgreSQL server.

    The connection that writes holds an advisory lock on the gateway's name as long as it lives.
    """

    patience_s: float | None = 2.0

    def __init__(self, address: PostgresAddress, access: Access) -> None:
        self.name = str(address)
        self._gateway = address.gateway
        self._access = access
        self.reading = self._create_engine(address, "REPEATABLE READ", postgresql_readonly=True)
        # READ COMMITTED, so that a row that was waited for is seen as it is then.
        self.writing = (
            self.reading if access is Access.READER else self._create_engine(address, "READ COMMITTED", writes=True)
        )
        self._keeping = self._create_engine(address, "AUTOCOMMIT", pooled=False)
        if access is Access.GATEWAY:
            event.listen(self.writing, "connect", self._take_name)

    @staticmethod
    def _create_engine(address: PostgresAddress, isolation: str, *, pooled: bool = True, **options: bool) -> Engine:
        given = {name: value for name, value in _CONNECTION.items() if name not in address.url.query}
        engine = create_engine(
            address.url,
            hide_parameters=True,  # they hold what callers said
            connect_args=given,
            **({"pool_size": 1, "max_overflow": 0} if pooled else {"poolclass": NullPool}),
            isolation_level=isolation,
            execution_options=options,
        )

        @event.listens_for(engine, "connect")
        def _set_up(connection: psycopg.Connection, _record: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute(f"SET statement_timeout = {_STATEMENT_TIMEOUT_MS}")
                cursor.execute(f"SET lock_timeout = {_LOCK_TIMEOUT_MS}")
                cursor.execute("SET TIME ZONE 'UTC'")
            connection.commit()

        return engine

    def _take_name(self, connection: psycopg.Connection, _record: object) -> None:
        """Hold the lock of this gateway's name, so that no other one takes its open calls for crashed."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", (_LOCKS, _signed(_key_of(self._gateway))))
            row = cursor.fetchone()
        connection.commit()
        if row is None or not row[0]:
            connection.close()
            raise NameInUse(f"The database {self.name} is in use by another gateway named {self._gateway}.")

    def prepare(self) -> None:
        """Connect, and make the tables for a gateway, one gateway at a time; raise ``RecordsError``."""
        with self.writing.begin() as connection:
            if self._access is Access.GATEWAY:
                # An advisory lock of the transaction: it goes with it, however that ends.
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                _lock(connection.exec_driver_sql, _SCHEMA_LOCK)
            prepare_schema(connection, may_change=self._access is Access.GATEWAY)

    def mark(self, session: Session, mark: str) -> None:
        """Write the mark of the session's transaction, where it is a gateway's."""
        if self._access is Access.GATEWAY:
            session.execute(
                text(
                    "INSERT INTO writer_mark (gateway, mark) VALUES (:gateway, :mark)"
                    " ON CONFLICT (gateway) DO UPDATE SET mark = excluded.mark"
                ),
                {"gateway": self._gateway, "mark": mark},
            )

    def is_marked(self, session: Session, mark: str) -> bool:
        """Tell whether the gateway's last transaction is the one with this mark."""
        query = text("SELECT mark FROM writer_mark WHERE gateway = :gateway")
        return session.execute(query, {"gateway": self._gateway}).scalar_one_or_none() == mark

    def one_at_a_time(self, session: Session) -> None:
        """Hold up the deliveries of other gateways until the session's transaction is over."""
        _lock(session.connection().exec_driver_sql, _DELIVERY_LOCK)

    def running_gateways(self, session: Session) -> Callable[[str | None], bool]:
        """Return what tells whether the gateway of a name holds its lock."""
        held = session.execute(
            text(
                "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = :locks"
                " AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ),
            {"locks": _LOCKS},
        ).scalars()
        running = {int(key) for key in held}
        return lambda name: name is not None and _key_of(name) in running

    def forget(self) -> None:
        """Let the server reuse the space of deleted rows at once, which neither readers nor writers wait for."""
        with self._keeping.connect() as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            for table in _FORGOTTEN:
                connection.exec_driver_sql(f'VACUUM "{table}"')

    def close(self) -> None:
        """Close the connections."""
        self.reading.dispose()
        self.writing.dispose()
        self._keeping.dispose()


def _lock(execute: Callable[[str], object], which: int) -> None:
    execute(f"SELECT pg_advisory_xact_lock({_LOCKS}, {which})")


def _key_of(gateway: str) -> int:
    """Return the second key of a gateway's lock, out of the way of the numbered ones."""
    return zlib.crc32(gateway.encode()) | 0x100


def _signed(key: int) -> int:
    """Return a key of 32 bits as the signed integer that PostgreSQL takes."""
    return key - (1 << 32) if key >= 1 << 31 else key
