"""Importing what older servers wrote: found, converted to writes, applied. Writes commute, so it may run twice."""
