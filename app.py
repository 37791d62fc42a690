"""Serve the page and the API: `python app.py`. The settings come from the environment."""

from assistant.interfaces.server import main

if __name__ == "__main__":
    main()
