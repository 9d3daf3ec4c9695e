"""An editor's word -> done by the one writer: sources taken up, articles joined, what is held decided."""
