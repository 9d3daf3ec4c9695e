"""Where published files stand: whole, with what tells that one changed, and with their encoded twins."""
