"""From what subscribers were told to the files they read."""
