"""Words and plain values that several views share."""
