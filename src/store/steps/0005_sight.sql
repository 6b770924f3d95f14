-- What callers may see, as a digest, and since when: 0 if it has never been anything else.
CREATE TABLE sight (
    standard TEXT NOT NULL,
    caller TEXT NOT NULL,
    digest BLOB NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (standard, caller)
) STRICT, WITHOUT ROWID;
