"""Makes members.xlsx (with openpyxl) and members.ods (with odfpy): the same list as a spreadsheet
program keeps it, with a title above the header, numbers that are numbers, a hidden row and a hidden
sheet in front.

    python3 -m pip install openpyxl odfpy
    python3 samples/spreadsheets/make.py
"""

import datetime
import pathlib

import odf.opendocument
import odf.style
import odf.table
import odf.text
import openpyxl

HERE = pathlib.Path(__file__).parent

HEADER = ["to", "name", "phone", "type", "joined"]
DAY = datetime.date(2026, 11, 3)
# The third cell may be a number with its format; None is a row that is not there.
ROWS = [
    [254712345678, "Wanjiku Kamau", 254722000111, "Mobile", DAY],
    [254712345679, "Otieno Ouma", (722000222, "0000000000"), "Mobile", DAY],
    [254712345680, "Faith Kiprono", "+254 733 000 333", "Work", DAY],
    None,
    [254712345681, "Brian Mutua", 254733000444.5, "Mobile", DAY],
    [254712345682, "Amina Yusuf", DAY, "Mobile", DAY],
    [254712345683, "Hidden Hamisi", 254733000555, "Home", DAY],
]
HIDDEN = "Hidden Hamisi"


def make_xlsx():
    book = openpyxl.Workbook()
    notes = book.active
    notes.title = "Notes"
    notes["A1"] = "not the list"
    notes.sheet_state = "hidden"
    sheet = book.create_sheet("Members")
    sheet["A1"] = "Members of the choir"
    sheet.append([])
    sheet.append(HEADER)
    for number, row in enumerate(ROWS, start=4):
        for column, value in enumerate(row or [], start=1):
            cell = sheet.cell(number, column)
            if isinstance(value, tuple):
                cell.value, cell.number_format = value
            else:
                cell.value = value
        if row and row[1] == HIDDEN:
            sheet.row_dimensions[number].hidden = True
    book.active = 1
    book.save(HERE / "members.xlsx")


def ods_cell(value):
    if isinstance(value, tuple):
        number, zeros = value
        cell = odf.table.TableCell(valuetype="float", value=number)
        cell.addElement(odf.text.P(text=str(number).zfill(len(zeros))))
    elif isinstance(value, datetime.date):
        cell = odf.table.TableCell(valuetype="date", datevalue=value.isoformat())
        cell.addElement(odf.text.P(text=value.strftime("%d/%m/%y")))
    elif isinstance(value, str):
        cell = odf.table.TableCell(valuetype="string")
        cell.addElement(odf.text.P(text=value))
    else:
        cell = odf.table.TableCell(valuetype="float", value=value)
        # A narrow column shows a long number like this.
        cell.addElement(odf.text.P(text=f"{value:.2E}"))
    return cell


def make_ods():
    book = odf.opendocument.OpenDocumentSpreadsheet()
    hidden = odf.style.Style(name="hidden", family="table")
    hidden.addElement(odf.style.TableProperties(display="false"))
    book.automaticstyles.addElement(hidden)
    notes = odf.table.Table(name="Notes", stylename=hidden)
    sheet = odf.table.Table(name="Members")
    for table in (notes, sheet):
        book.spreadsheet.addElement(table)
    for table, rows in [(notes, [["not the list"]]), (sheet, [["Members of the choir"], [], HEADER, *ROWS])]:
        for row in rows:
            is_hidden = bool(row) and HIDDEN in row
            line = odf.table.TableRow(**({"visibility": "collapse"} if is_hidden else {}))
            for value in row or []:
                line.addElement(ods_cell(value))
            if not row:
                line.addElement(odf.table.TableCell())
            table.addElement(line)
    book.save(str(HERE / "members.ods"))


make_xlsx()
make_ods()
