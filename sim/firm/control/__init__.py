"""Control centers: from readings to orders."""
