"""The intake folder: one file is one message, taken in or refused, never twice and never unseen."""
