"""The working parts, each one loop: intake, watch, dispatch, notify, keep."""
