"""Kill the program at random moments and damage its files; check that nothing is lost."""
