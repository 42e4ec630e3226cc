"""Public notices rendered from values: HTML, Atom, JSON Feed, CAP. No I/O."""
