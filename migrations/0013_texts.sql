-- What the texts of customers say: the tone of each note, and the topic it has in the last run.

-- One row a note that was read. What a note says now stands in `notes`; a changed note is read again.
CREATE TABLE note_tones (
  note_id TEXT PRIMARY KEY,
  written_at BIGINT NOT NULL,
  -- `notes.updated_at` of the text that was read
  read_of BIGINT NOT NULL,
  -- ISO 639-3; 'und' where it cannot be told
  language TEXT NOT NULL,
  -- from -1 (angry) to 1 (glad); NULL where the text is in a language that is not read
  tone DOUBLE PRECISION,
  -- the version of the reader
  model_version BIGINT NOT NULL,
  -- the place of the topic among those of the last run; NULL where it has none
  topic BIGINT
);
CREATE INDEX note_tones_by_time ON note_tones (written_at, note_id, tone);
CREATE INDEX note_tones_by_topic ON note_tones (topic, written_at, note_id) WHERE topic IS NOT NULL;
CREATE INDEX notes_by_change ON notes (updated_at, id);
