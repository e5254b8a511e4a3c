"""Servers that know roads, behind one protocol: OSRM, Valhalla, openrouteservice."""
