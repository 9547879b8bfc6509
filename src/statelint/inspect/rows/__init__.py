"""The models in `rules/` at work: uses, selectors, values, matches, wording."""
