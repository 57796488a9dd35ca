"""Show me: figures, the explorer, the terminal. Sees frames and analyses, never JSON of a recording's format."""
