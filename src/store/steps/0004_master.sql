-- What is told of an institution itself, by whom. What is shown is both together: an entity of kind 0.

-- teller: 0 the register, 1 a server elsewhere.
CREATE TABLE master (
    institution INTEGER NOT NULL REFERENCES institution,
    teller INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (institution, teller)
) STRICT, WITHOUT ROWID;

-- Until now nobody knew who told. What was kept is the register's, so that nobody else takes it away.
INSERT INTO master (institution, teller, record)
SELECT i.id, 0, e.record FROM institution i
JOIN scope s ON s.institution = i.id AND s.source = ''
JOIN entity e ON e.scope = s.id AND e.kind = 0
WHERE i.registered = 1 AND e.deleted IS NULL;
