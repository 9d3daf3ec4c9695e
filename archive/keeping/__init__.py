"""Documents -> decided, durable, findable: one batch at a time."""
