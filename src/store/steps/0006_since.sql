-- Since when people and groups are there, as a day: noted when they come. Of those who are there already it is the school year
-- in which they came; it begins on the first of August.
ALTER TABLE entity ADD COLUMN since TEXT;

UPDATE entity SET since = date(created / 1000, 'unixepoch', '-7 months', 'start of year', '+7 months')
WHERE kind IN (1, 2) AND deleted IS NULL;
