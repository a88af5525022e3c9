"""Networks in the formats of other libraries: one file a format."""
