// The database: one SQLite file, with the two constraints that everything rests on.

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { initialSlots } from "./initial-slots";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS action (
    key TEXT PRIMARY KEY,            -- the Idempotency-Key: an action is taken once
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    received_at TEXT NOT NULL,
    body TEXT NOT NULL,
    answer TEXT NOT NULL,            -- what a repetition is answered
    withdrawn INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE IF NOT EXISTS slot (
    id TEXT PRIMARY KEY,             -- a slot has one row, and so one owner
    start TEXT NOT NULL,             -- ISO 8601 with offset, as "end"
    "end" TEXT NOT NULL,
    practitioner TEXT,
    action_key TEXT UNIQUE REFERENCES action (key)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS slot_free ON slot (unixepoch(start)) WHERE action_key IS NULL;
`;

// A module is loaded anew for each route and at each change in development; the database is opened once.
const opened = globalThis as typeof globalThis & { practiceDatabase?: DatabaseSync };

export function database(): DatabaseSync {
  opened.practiceDatabase ??= open(process.env.DATABASE_FILE || "data/practice.sqlite3");
  return opened.practiceDatabase;
}

function open(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;");
  inTransaction(db, () => {
    db.exec(SCHEMA);
    if (db.prepare("SELECT 1 FROM slot LIMIT 1").get() === undefined) {
      const insert = db.prepare('INSERT INTO slot (id, start, "end", practitioner) VALUES (?, ?, ?, ?)');
      for (const slot of initialSlots()) insert.run(slot.id, slot.start, slot.end, slot.practitioner ?? null);
    }
  });
  return db;
}

/** Runs `work` in one transaction, which holds the write lock from its beginning; an exception undoes all of it. */
export function inTransaction<Result>(db: DatabaseSync, work: () => Result): Result {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}
