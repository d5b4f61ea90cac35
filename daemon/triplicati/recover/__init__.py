"""triplicati recover: gets files back from what is left of a destination. It asks no database, no data folder
and no index volume, so that it works where everything else has been lost (spec/cli.md 8)."""
