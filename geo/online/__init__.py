"""Online geocoders behind one protocol: requests and answers as plain data, no HTTP client."""
