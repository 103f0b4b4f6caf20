//! `--sheet`: which sheet of a spreadsheet is read.

use super::problem::SheetProblem;
use crate::units::nearest::nearest;
use crate::units::printable::printable;

/// The sheet to be read: the one of a name or a number, or the first visible one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SheetChoice(pub Option<String>);

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    /// Its name, as on its tab.
    pub(super) name: String,
    /// True if it has a tab.
    pub(super) visible: bool,
}

impl SheetChoice {
    /// Returns the index of the chosen sheet. A name comes before a number, and a name in the same
    /// case before one in another.
    pub(super) fn among(&self, sheets: &[Sheet]) -> Result<usize, SheetProblem> {
        let Some(wanted) = self.0.as_deref().map(str::trim) else {
            return sheets
                .iter()
                .position(|sheet| sheet.visible)
                .ok_or_else(|| SheetProblem::NoVisibleSheet(listed(sheets)));
        };
        let named = |same: &dyn Fn(&str) -> bool| sheets.iter().position(|sheet| same(&sheet.name));
        let number =
            || wanted.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < sheets.len());
        named(&|name| name.trim() == wanted)
            .or_else(|| named(&|name| name.trim().to_lowercase() == wanted.to_lowercase()))
            .or_else(number)
            .ok_or_else(|| {
                SheetProblem::NoSuchSheet(
                    format!("`{}`", printable(wanted)),
                    listed(sheets) + &did_you_mean(wanted, sheets),
                )
            })
    }

    /// The visible sheets that are not read although nobody has chosen one.
    pub(super) fn others(&self, sheets: &[Sheet], chosen: usize) -> Vec<String> {
        let others = sheets.iter().enumerate();
        others
            .filter(|(at, sheet)| self.0.is_none() && sheet.visible && *at != chosen)
            .map(|(_, sheet)| sheet.name.clone())
            .collect()
    }
}

/// The sheet that was probably meant, as the end of an error. A number is a place in the list, and
/// not misspelt.
fn did_you_mean(wanted: &str, sheets: &[Sheet]) -> String {
    let names: Vec<String> = sheets.iter().map(|sheet| sheet.name.to_lowercase()).collect();
    let near = nearest(&wanted.to_lowercase(), names.iter().map(String::as_str));
    let near = near.filter(|_| wanted.parse::<usize>().is_err());
    let near = near.and_then(|near| names.iter().position(|name| name == near));
    let shown = near.map(|at| format!("; did you mean `{}`?", printable(&sheets[at].name)));
    shown.unwrap_or_default()
}

/// The sheets that an error names.
const LISTED: usize = 20;

fn listed(sheets: &[Sheet]) -> String {
    let show = |(index, sheet): (usize, &Sheet)| {
        let hidden = if sheet.visible { "" } else { " (hidden)" };
        format!("{} `{}`{hidden}", index + 1, printable(&sheet.name))
    };
    let mut names: Vec<String> = sheets.iter().enumerate().take(LISTED).map(show).collect();
    match sheets.len().saturating_sub(LISTED) {
        _ if sheets.is_empty() => names.push("none".to_owned()),
        0 => {}
        more => names.push(format!("{more} more")),
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_chosen_by_name_by_number_or_as_the_first_visible_one() {
        let sheets = [("Notes", false), ("People", true), ("1", true), ("Old", false)]
            .map(|(name, visible)| Sheet { name: name.to_owned(), visible });
        let all = "1 `Notes` (hidden), 2 `People`, 3 `1`, 4 `Old` (hidden)";
        for (wanted, expected) in [
            (None, Ok(1)),
            (Some("People"), Ok(1)),
            (Some(" people "), Ok(1)),
            (Some("Old"), Ok(3)),
            (Some("1"), Ok(2)),
            (Some("4"), Ok(3)),
            (Some("00"), Err(("`00`", ""))),
            (Some("15"), Err(("`15`", ""))),
            (Some("peopl"), Err(("`peopl`", "; did you mean `People`?"))),
        ] {
            let chosen = SheetChoice(wanted.map(str::to_owned)).among(&sheets);
            let expected = expected.map_err(|(what, near)| {
                SheetProblem::NoSuchSheet(what.to_owned(), format!("{all}{near}"))
            });
            assert_eq!(chosen, expected, "{wanted:?}");
        }
        let hidden = SheetChoice::default().among(&sheets[..1]);
        assert_eq!(hidden, Err(SheetProblem::NoVisibleSheet("1 `Notes` (hidden)".to_owned())));
    }
}
