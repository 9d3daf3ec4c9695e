"""Lines of example -> what stands below a command's help."""


def examples(*lines: str) -> str:
    """Return an epilog: each line is a command, then what it does behind two spaces."""
    return "\n".join(["\b", "Examples:", *(f"  newsweir {line}" for line in lines)])
