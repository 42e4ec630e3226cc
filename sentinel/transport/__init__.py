"""The way out: drives conversations over HTTP, SMTP and the file system, and looks at addresses."""
