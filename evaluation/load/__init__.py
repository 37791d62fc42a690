"""Have many users ask a server at once, and check every answer (`make load`)."""
