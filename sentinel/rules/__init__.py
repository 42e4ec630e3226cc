"""failover_rules.yaml to domain rules; errors with file, line, column and a hint."""
