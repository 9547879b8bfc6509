"""Survey: one file's bytes in, one context-free `ModuleSummary` out."""
