"""TopicFeed and articles -> pages for people."""
