"""Checks the analysts' questions: Athena's grammar takes each, and DuckDB answers each over a small fixture.

Reads from standard input {"columns": [[name, type]], "rows": [{column: value}], "queries": {name: SQL}} and prints
{name: {"columns": [...], "rows": [[...]]}} with values as texts. Types are Hive's words. Ends with status 1 and the reason if a
question is none in Athena's SQL, reads a column that the table does not have, or is refused by DuckDB.
"""

import json
import sys

import duckdb
import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

TABLE = "telemetry"
DUCKDB_TYPES = {"string": "VARCHAR", "double": "DOUBLE", "bigint": "BIGINT", "int": "INTEGER", "boolean": "BOOLEAN", "timestamp": "TIMESTAMP"}
TRINO_TYPES = {**DUCKDB_TYPES, "timestamp": "TIMESTAMP(3)"}


def check_athena(name, sql, columns):
    """Parses the question as Athena's SQL and finds every column that it names in the table."""
    try:
        tree = sqlglot.parse_one(sql, read="athena")
        qualify(tree, schema={TABLE: {c: TRINO_TYPES[t] for c, t in columns}}, dialect="athena", validate_qualify_columns=True)
    except SqlglotError as e:
        sys.exit(f"{name}: not Athena's SQL: {e}")


def fill(columns, rows):
    """A database in memory with the table and its rows."""
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    definition = ", ".join(f'"{c}" {DUCKDB_TYPES[t]}' for c, t in columns)
    db.execute(f"CREATE TABLE {TABLE} ({definition})")
    marks = ", ".join("?" for _ in columns)
    db.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", [[row.get(c) for c, _ in columns] for row in rows])
    return db


def answer(db, name, sql):
    try:
        got = db.execute(sql)
    except duckdb.Error as e:
        sys.exit(f"{name}: DuckDB refuses it: {e}")
    return {"columns": [d[0] for d in got.description], "rows": [[None if v is None else str(v) for v in row] for row in got.fetchall()]}


def main():
    asked = json.load(sys.stdin)
    db = fill(asked["columns"], asked["rows"])
    out = {}
    for name, sql in asked["queries"].items():
        check_athena(name, sql, asked["columns"])
        out[name] = answer(db, name, sql)
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
