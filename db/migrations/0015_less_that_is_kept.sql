-- When a device token was given out is asked of the session, and nobody asked it of a decision.
alter table decisions drop column device_since;

-- Whose look it was, written with every look and read by nothing. Who looks now holds the lock.
alter table watch_position drop column node;
