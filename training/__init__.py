"""Train the weights that the package ships. The package never imports this."""
