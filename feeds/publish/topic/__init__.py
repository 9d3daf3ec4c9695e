"""What subscribers were told, and the revisions it names -> TopicFeed: all that any format needs to know."""
