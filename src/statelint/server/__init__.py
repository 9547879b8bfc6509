"""The language server: what `statelint check` finds, in an editor while the project is edited.

It writes no file and runs nothing of the project; what it proposes is applied by the editor. pygls is imported here alone.
"""
