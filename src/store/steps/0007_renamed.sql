-- User ids that people got in place of others, and the first that each had; both in lower case.
CREATE TABLE renamed (
    user_id TEXT NOT NULL PRIMARY KEY,
    first TEXT NOT NULL
) STRICT, WITHOUT ROWID;
