"""Where: datums, addresses, cells, hotspots, zones, roads and travel times."""
