"""`python -m bankcore_infra` is the program `bankcore`."""

from bankcore_infra.cli import main

if __name__ == "__main__":
    main()
