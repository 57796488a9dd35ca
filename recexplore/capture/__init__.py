"""recexplore's own recorder."""
