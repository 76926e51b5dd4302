"""The content of the demo municipality: made-up cases, records and files, without any database.

The same seed gives the same content, byte for byte. Cases come one at a time, so memory does not bound
their number.
"""

from diarium.demo.content.cases import generate
from diarium.demo.content.inbox import OpenCase, inbox
from diarium.demo.content.municipality import municipality
from diarium.demo.content.rendering import render_enclosure, render_file, render_mail

__all__ = ["OpenCase", "generate", "inbox", "municipality", "render_enclosure", "render_file", "render_mail"]
