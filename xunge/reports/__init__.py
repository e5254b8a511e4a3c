"""Weekly, monthly, stage and final reports, exposure and closure lists, from the records."""
