"""Those who follow the open register by e-mail."""
