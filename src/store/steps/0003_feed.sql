-- What standards remember of their objects, and whom they tell. Times are milliseconds since 1970 in UTC.

-- One row for each standard. moment: when anything was remembered last. basis: the edition that it was seen at.
-- forgotten: the latest deletion that is remembered no longer.
CREATE TABLE ledger (
    standard TEXT NOT NULL PRIMARY KEY,
    moment INTEGER NOT NULL,
    basis INTEGER NOT NULL,
    forgotten INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_place (
    id INTEGER PRIMARY KEY,
    standard TEXT NOT NULL REFERENCES ledger,
    institution TEXT NOT NULL,
    UNIQUE (standard, institution)
) STRICT;

-- An object as one institution tells of it.
CREATE TABLE ledger_entry (
    place INTEGER NOT NULL REFERENCES ledger_place,
    class INTEGER NOT NULL,
    id BLOB NOT NULL,
    digest BLOB NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    deleted INTEGER,
    PRIMARY KEY (place, class, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX ledger_entry_deleted ON ledger_entry (deleted) WHERE deleted IS NOT NULL;

-- Who is to be told of changes. resources: the types, with line feeds between them. told: the moment of the ledger until
-- which the receiver has been told. failing: since when nothing arrives; tries: how many have failed; next: when the next one is.
-- suspended: why it is told nothing any more.
CREATE TABLE subscription (
    id BLOB NOT NULL PRIMARY KEY,
    caller TEXT NOT NULL,
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    resources TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    told INTEGER NOT NULL,
    failing INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    next INTEGER NOT NULL DEFAULT 0,
    suspended TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX subscription_caller ON subscription (caller);

-- What callers report of what they have fetched. entry: as JSON.
CREATE TABLE report (
    id INTEGER PRIMARY KEY,
    caller TEXT NOT NULL,
    kind TEXT NOT NULL,
    received INTEGER NOT NULL,
    entry TEXT NOT NULL
) STRICT;

CREATE INDEX report_caller ON report (caller, id);
