"""Lines of example -> what stands below a command's help."""


def examples(*lines: str) -> str:
    """Return an epilog: each line is a command, then what it does behind two spaces."""
    return "\n\n".join(["[bold]Examples[/bold]", *(_line(line) for line in lines)])


def _line(line: str) -> str:
    command, gap, does = line.partition("  ")
    return f"newsweir {command}{'   [dim]' + does.strip() + '[/dim]' if gap else ''}".replace(
        "[TOPIC]", r"\[TOPIC]"
    )
