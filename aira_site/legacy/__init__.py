"""Import data of older servers: find it, convert it to writes, apply them. May run twice, since writes commute."""
