"""`python -m diarium` is the `diarium` command."""

if __name__ == "__main__":  # child processes import this module under another name
    from diarium.cli.main import main

    main(prog_name="diarium")
