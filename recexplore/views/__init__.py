"""Show me: figures, the explorer, terminal text. Frames in; nothing here reads a recording's file by itself."""
