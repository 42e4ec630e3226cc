"""Migrations: how the tables came about, in order; run by `sentinel.storage.schema`."""
