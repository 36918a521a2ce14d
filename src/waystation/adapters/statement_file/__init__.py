"""Statements as files: CSV that Excel opens as it is, and workbooks. Rows are written as they come, none is kept."""

from waystation.adapters.statement_file.csv_file import CsvFiles
from waystation.adapters.statement_file.workbook import Workbook

__all__ = ["CsvFiles", "Workbook"]
