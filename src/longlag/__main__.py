"""`python -m longlag` is the command `longlag`."""

from longlag_command import main

if __name__ == "__main__":
    main()
