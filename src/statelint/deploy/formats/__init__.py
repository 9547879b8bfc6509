"""File formats with line numbers: YAML, TOML, INI, Procfile lines."""
