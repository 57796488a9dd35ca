"""What dialects are made with: events and usage reports into builders, objects with the same keys transposed together."""
