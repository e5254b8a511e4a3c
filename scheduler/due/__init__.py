"""Every obligation has one due date: a module for each kind, a frame in and due items out."""
