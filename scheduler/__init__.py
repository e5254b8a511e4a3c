"""Who and when: draws, due dates, plans, crews and the clock. Imports no solver by itself."""
