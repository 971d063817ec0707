"""The studio: recordings are heard, read, edited and watched in the browser. `serve` starts it."""
