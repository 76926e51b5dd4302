"""`python -m diarium` is the `diarium` command."""

from diarium.cli.main import main

main(prog_name="diarium")
