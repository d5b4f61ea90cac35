"""``python -m triplicati_tray``."""

from triplicati_tray.main import main

if __name__ == "__main__":
    main()
