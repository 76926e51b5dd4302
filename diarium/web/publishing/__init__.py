"""The staff's pages about the web register."""
