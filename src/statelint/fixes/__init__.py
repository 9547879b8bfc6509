"""Automatic fixes: for a finding, the edits that mend it.

What can be said as data stands in the rule files (`autofix`); what needs reasoning is one module for each kind. Edits are computed on the
concrete syntax tree of the whole file and change nothing but what they are about. Nothing here writes a file.
"""
