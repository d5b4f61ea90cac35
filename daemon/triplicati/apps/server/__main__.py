"""``python -m triplicati.apps.server``, as a tray or a service starts it."""

from triplicati.apps.server.main import main

if __name__ == "__main__":
    main()
