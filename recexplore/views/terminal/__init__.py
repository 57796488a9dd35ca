"""Terminal output: rich renderables of recordings and answers."""
