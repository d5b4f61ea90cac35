"""The options of modules: compression, encryption, destinations, reports, the command line."""
