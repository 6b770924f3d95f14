-- Full pulls that we have asked of servers elsewhere, by the Danish day. They are counted before the call is sent and never
-- given back. A call close to midnight counts on both days.
CREATE TABLE asked (
    day TEXT NOT NULL,
    upstream TEXT NOT NULL,
    institution TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, upstream, institution)
) STRICT, WITHOUT ROWID;

-- What became of those pulls. fetched: when the call was sent that brought what is kept. failed: when the last call since
-- then ended without; failures: how many have.
CREATE TABLE copy (
    upstream TEXT NOT NULL,
    institution TEXT NOT NULL,
    fetched INTEGER,
    failed INTEGER,
    failure TEXT,
    failures INTEGER NOT NULL,
    PRIMARY KEY (upstream, institution)
) STRICT, WITHOUT ROWID;

-- What only one process at a time may do: who does it, and until when others believe that.
CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
