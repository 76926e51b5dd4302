"""Plain text: notes, and the body of mails."""

from __future__ import annotations

from diarium.demo.content.model import DemoFile


def render(file: DemoFile) -> bytes:
    """The file as UTF-8 text with its title, facts, text and signature."""
    lines = [file.title, ""]
    lines += [f"{label}: {value}" for label, value in file.fields]
    return "\n".join([*lines, "", body(file)]).encode()


def body(file: DemoFile) -> str:
    """Paragraphs parted by empty lines, then the signature."""
    parts = []
    for section in file.sections:
        if section.heading:
            parts.append(section.heading.upper())
        parts += section.paragraphs
    return "\n\n".join([*parts, "\n".join(file.signature)]).rstrip() + "\n"
