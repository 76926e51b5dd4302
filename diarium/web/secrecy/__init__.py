"""Secrecy in the browser: markings looked at anew, who may see them, who has read them, secrecy that ends."""

from diarium.web.secrecy import circles, letting_in, lists, readings, reviewing
from diarium.web.secrecy.blueprint import blueprint

__all__ = ["blueprint", "circles", "letting_in", "lists", "readings", "reviewing"]
