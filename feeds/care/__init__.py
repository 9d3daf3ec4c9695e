"""What is owed to an archive while years pass: sealed, told of, brought elsewhere, and made to forget."""
