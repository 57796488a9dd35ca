"""What stands for what was replaced: filler, pseudonyms, URLs of nobody, pictures of nothing."""
