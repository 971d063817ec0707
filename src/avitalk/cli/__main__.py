"""`python -m avitalk.cli`, for machines where the script folder is not on the path."""

from avitalk.cli.entry import main

if __name__ == "__main__":
    main()
