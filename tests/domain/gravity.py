"""How grave each cause is beside others of the same state: the design's order, written anew."""

GRAVITY = {
    "uplink_lost": 30,
    "stale": 20,
    "not_observed": 10,
    "slow": 5,
    "quota_low": 10,
    "reader_restricted": 15,
    "not_visible": 18,
    "rate_limited": 20,
    "quota_exhausted": 25,
    "platform_defending": 30,
    "platform_fault": 40,
    "unreachable": 50,
    "permission_missing": 65,
    "credential_rejected": 70,
    "bad_configuration": 80,
    "account_locked": 90,
}
