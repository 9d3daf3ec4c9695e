"""What is known of sources, disk and archive -> what their owner is told: once when it begins, once when it ends."""
