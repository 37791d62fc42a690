"""Several processes behind a proxy, of which each one is killed (`make cluster`)."""
