"""What is seen: maps that open with no network, task sheets, workbooks and reports."""
