"""Demo merchants and a scripted shopper: an entry point like the command line, never imported by the product."""
