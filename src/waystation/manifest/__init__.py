"""The file that says what a gateway serves: read with its lines, checked whole, compared, and then applied or not.

A file goes `source` (YAML with line numbers) -> `document` (checked entry by entry) -> `resolve` (checked against each
other and against what is there) -> `plan` (what would change) -> the repository, in one transaction. Every mistake of a
file is told at once, with its line, and a file with a mistake changes nothing. `export` goes the other way.
"""
