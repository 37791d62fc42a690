"""What makes the weights that the package ships. Never imported by the package."""
