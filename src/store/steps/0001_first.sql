-- What the store keeps. Times are milliseconds since 1970 in UTC.

CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- edition: the number of the last commit that changed anything of the institution.
CREATE TABLE institution (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    registered INTEGER NOT NULL DEFAULT 0,
    edition INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX institution_edition ON institution (edition);

-- What one source tells of one institution. edition: that of the last commit that changed any of it.
CREATE TABLE scope (
    id INTEGER PRIMARY KEY,
    institution INTEGER NOT NULL REFERENCES institution,
    source TEXT NOT NULL,
    edition INTEGER NOT NULL DEFAULT 0,
    UNIQUE (institution, source)
) STRICT;

-- One row for each entity. Its key in the table is the number of its latest change, so that the table itself is the feed
-- of changes. A row that has gone keeps its key, user id and times; its record and digest are emptied.
-- kind: 0 institution, 1 group, 2 person, 3 contact person.
-- rank: contact persons: their place at the pupil. Groups: 0 handed in, 1 made because somebody is in it.
CREATE TABLE entity (
    sequence INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL REFERENCES scope,
    kind INTEGER NOT NULL,
    key TEXT NOT NULL,
    user_id TEXT,
    digest BLOB NOT NULL,
    rank INTEGER NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    deleted INTEGER,
    record TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX entity_key ON entity (scope, kind, key);

-- Every user id that anybody has or has had, in lower case. None is given twice.
CREATE TABLE user (
    user_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Who somebody is: a keyed digest of what identifies the person, and the user id that the person was given.
CREATE TABLE identity (
    digest BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last import of each source.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    institution INTEGER NOT NULL REFERENCES institution,
    source TEXT NOT NULL,
    record TEXT NOT NULL,
    imported INTEGER NOT NULL
) STRICT;

CREATE INDEX journal_institution ON journal (institution, source);

-- Imports that wait for somebody to confirm them.
CREATE TABLE held (
    id INTEGER PRIMARY KEY,
    institution TEXT NOT NULL,
    source TEXT NOT NULL,
    mode INTEGER NOT NULL,
    name TEXT,
    since INTEGER NOT NULL,
    leaving INTEGER NOT NULL,
    of INTEGER NOT NULL
) STRICT;

CREATE INDEX held_institution ON held (institution);

-- What a held import hands in, in its order. kind as above, and 4: a source. record is empty where the entity stays as it is.
CREATE TABLE held_row (
    held INTEGER NOT NULL REFERENCES held ON DELETE CASCADE,
    place INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    user_id TEXT,
    record TEXT NOT NULL,
    PRIMARY KEY (held, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE pull (
    day TEXT NOT NULL,
    caller TEXT NOT NULL,
    institution TEXT NOT NULL,
    package TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, caller, institution, package)
) STRICT, WITHOUT ROWID;

CREATE TABLE caller (
    name TEXT NOT NULL PRIMARY KEY,
    settings TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- edition counts the commits that changed any institution.
INSERT INTO setting (name, value) VALUES ('edition', 0);
