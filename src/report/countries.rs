//! The countries of a list's numbers: how many recipients each has, how many numbers were completed
//! and from what, and what looks as if numbers reach strangers.

use std::collections::BTreeMap;

use super::format::counted;
use super::tally::Kind;
use crate::prepare::phone::{Countries, Region};
use crate::prepare::row_numbers::{RowCountries, Written};
use crate::read::{Place, SourceId};
use crate::units::show_number;

/// The most countries that are shown by name.
const SHOWN: usize = 8;

/// The most countries that are shown by their whole name.
const NAMED: usize = 5;

/// The characters of a line of the plan.
const LINE: usize = 67;

/// The fewest rows that contradict a column before it counts as wrong.
const CONTRADICTING: u64 = 3;

/// Numbers by region; few lists have more than a handful.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByRegion(Vec<(Region, u64)>);

impl ByRegion {
    /// Counts one.
    pub fn count(&mut self, region: Region) {
        match self.0.iter_mut().find(|(known, _)| *known == region) {
            Some((_, number)) => *number += 1,
            None => self.0.push((region, 1)),
        }
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The regions with their numbers, the largest first.
    #[must_use]
    pub fn sorted(&self) -> Vec<(Region, u64)> {
        let mut all = self.0.clone();
        all.sort_by_key(|(region, number)| (std::cmp::Reverse(*number), region.to_string()));
        all
    }

    /// The sum of all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, number)| number).sum()
    }

    /// Only the regions for which `keep` holds.
    #[must_use]
    pub fn only(&self, keep: impl Fn(Region) -> bool) -> Self {
        Self(self.0.iter().copied().filter(|(region, _)| keep(*region)).collect())
    }

    /// The sum of these and others.
    fn and(&self, others: &Self) -> Self {
        let mut all = self.clone();
        for (region, number) in &others.0 {
            match all.0.iter_mut().find(|(known, _)| known == region) {
                Some((_, sum)) => *sum += number,
                None => all.0.push((*region, *number)),
            }
        }
        all
    }

    /// `Kenya 181, Uganda 52`; behind the largest, `and 3 in 2 other countries`.
    /// `width` is the most characters of the names.
    #[must_use]
    pub fn show_names(&self, width: usize) -> String {
        let named = |most| self.list(most, |region, number| format!("{} {number}", region.name()));
        let whole = named(self.0.len().min(NAMED));
        match self.0.len() <= NAMED && whole.chars().count() <= width {
            true => whole,
            // With codes more countries fit.
            false => self.show(),
        }
    }

    /// `181 KE, 52 UG, 32 TZ`; behind the largest, `and 3 in 2 other countries`.
    #[must_use]
    pub fn show(&self) -> String {
        self.list(SHOWN, |region, number| format!("{number} {region}"))
    }

    /// The largest regions, each as `show` writes it, and how many more there are.
    fn list(&self, most: usize, show: impl Fn(&Region, String) -> String) -> String {
        let all = self.sorted();
        let mut shown: Vec<String> = all
            .iter()
            .take(most)
            .map(|(region, number)| show(region, show_number(*number)))
            .collect();
        let more: u64 = all.iter().skip(most).map(|(_, number)| number).sum();
        if more > 0 {
            let countries = all.len() - most;
            let word = if countries == 1 { "country" } else { "countries" };
            shown.push(format!("and {} in {countries} other {word}", show_number(more)));
        }
        shown.join(", ")
    }
}

/// How far a list's column of countries fits its numbers with `+`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ColumnFit {
    /// Rows whose number is of the row's country.
    pub agree: u64,
    /// Rows whose number is of another one.
    pub contradict: u64,
}

impl ColumnFit {
    /// Returns whether the column is another country than that of the numbers: more than one of ten
    /// rows contradict it, and at least three.
    #[must_use]
    pub fn is_wrong(self) -> bool {
        let rows = self.agree + self.contradict;
        self.contradict >= CONTRADICTING && self.contradict * 10 > rows
    }
}

/// What the rows say about countries.
#[derive(Debug, Default)]
pub struct CountryTally {
    /// Recipients by country.
    pub recipients: ByRegion,
    /// The rows of these recipients, by country.
    rows: Vec<(Region, Kind<()>)>,
    /// Recipients of no country that is known.
    pub elsewhere: u64,
    /// Numbers that the rows' countries completed.
    pub by_column: u64,
    /// Numbers that `--region` completed.
    pub by_region: u64,
    /// Those of `by_column` that are another valid number in `--region`.
    pub also_in_region: u64,
    /// Bare numbers that were read with the country code that they begin with.
    bare: ByRegion,
    /// Bare numbers that were refused although they are of a country.
    doubted: ByRegion,
    /// Numbers without `+` that fit no country, in rows that name none.
    pub(super) unread: Kind<()>,
    /// The countries of the numbers with `+`.
    international: Countries,
    /// Each list's column of countries.
    fits: BTreeMap<SourceId, ColumnFit>,
}

impl CountryTally {
    /// Counts what one row says. `used` is whether its numbers are used.
    pub fn count(&mut self, place: Place, row: &RowCountries, used: bool) {
        if let Some(agrees) = row.agrees {
            let fit = self.fits.entry(place.source).or_default();
            *(if agrees { &mut fit.agree } else { &mut fit.contradict }) += 1;
        }
        match row.person {
            Some(Written::International(Some(region))) => self.international.insert(region),
            Some(Written::Bare(Some(region))) => self.bare.count(region),
            Some(Written::Doubted(Some(region))) => self.doubted.count(region),
            Some(Written::Unread) => self.unread.count(place, || ()),
            _ => {}
        }
        if used {
            self.by_column += u64::from(row.by_column);
            self.by_region += u64::from(row.by_region);
            self.also_in_region += u64::from(row.also_in_region);
        }
    }

    /// Counts a recipient; `place` is its row, if it has one.
    pub fn recipient(&mut self, region: Option<Region>, place: Option<Place>) {
        let Some(region) = region else {
            self.elsewhere += 1;
            return;
        };
        self.recipients.count(region);
        let Some(place) = place else { return };
        match self.rows.iter_mut().find(|(known, _)| *known == region) {
            Some((_, rows)) => rows.count(place, || ()),
            None => {
                let mut rows = Kind::default();
                rows.count(place, || ());
                self.rows.push((region, rows));
            }
        }
    }

    /// The lists whose column of countries does not fit their numbers.
    pub fn wrong_columns(&self) -> impl Iterator<Item = (SourceId, ColumnFit)> {
        self.fits.iter().map(|(source, fit)| (*source, *fit)).filter(|(_, fit)| fit.is_wrong())
    }

    /// `Kenya 181, Uganda 52; 76 numbers completed: 50 by their country, 26 by --region`; empty without
    /// recipients.
    #[must_use]
    pub fn show(&self) -> String {
        if self.recipients.is_empty() && self.elsewhere == 0 {
            return String::new();
        }
        let mut rest = String::new();
        if self.elsewhere > 0 {
            let separator = if self.recipients.is_empty() { "" } else { ", " };
            rest = format!("{separator}{} of no known country", show_number(self.elsewhere));
        }
        let completed = self.by_column + self.by_region;
        if completed > 0 {
            let from = match (self.by_column, self.by_region) {
                (_, 0) => " by their country".to_owned(),
                (0, _) => " by --region".to_owned(),
                (column, region) => format!(
                    ": {} by their country, {} by --region",
                    show_number(column),
                    show_number(region)
                ),
            };
            // Those of the cards, too.
            rest += &format!("; {} completed{from}", counted(completed, "number"));
        }
        let room = LINE.saturating_sub(rest.chars().count());
        self.recipients.show_names(room) + &rest
    }

    /// What to look at before anything is sent. `known` are the countries that the user or the
    /// lists' numbers with `+` speak for; `advice` is what else than `--region` gives the numbers in
    /// rows without a country theirs.
    #[must_use]
    pub fn warnings(&self, known: &Countries, region: Option<Region>, advice: &str) -> Vec<String> {
        let known = known.union(&self.international);
        let strangers = self.bare.only(|region| !known.contains(region));
        let mut warnings = Vec::new();
        if region.is_none() {
            warnings.extend(self.fit_no_country(advice));
        }
        if strangers.0.len() > 1 {
            warnings.push(format!(
                "numbers without + are spread over {} countries that no option and no number with + names ({}): if they are national numbers, strangers get them (give --region, or name the right countries with --countries)",
                strangers.0.len(),
                strangers.show()
            ));
        }
        if let (Some(region), true) = (region, self.also_in_region > 0) {
            warnings.push(format!(
                "{} completed by the country of their row would be another valid number with --region {region} (--map country== passes the column over)",
                counted(self.also_in_region, "number")
            ));
        }
        warnings
    }

    /// The warning that most numbers without `+` fit no country, if they do.
    fn fit_no_country(&self, advice: &str) -> Option<String> {
        let fitting = self.bare.and(&self.doubted);
        let unread = self.unread.number;
        let rest = match fitting.total() {
            fitting if unread <= fitting => return None,
            0 => String::new(),
            1 => format!(", the other is {}", fitting.show()),
            _ => format!(", the others are {}", fitting.show()),
        };
        let what = match (unread, unread + fitting.total()) {
            (1, 1) => {
                "the only number without + fits no country: if it is a national number".to_owned()
            }
            (unread, all) => format!(
                "{} of {} without + fit no country{rest}: if they are national numbers",
                show_number(unread),
                counted(all, "number")
            ),
        };
        Some(format!("{what}, give --region or {advice}"))
    }

    /// The recipients of another country than the sender's, with their rows.
    #[must_use]
    pub fn abroad(&self, sender: Region) -> Kind<()> {
        let is_abroad = |region: Region| region.calling_code() != sender.calling_code();
        let rows = self.rows.iter().filter(|(region, _)| is_abroad(*region));
        let number = self.recipients.only(is_abroad).total();
        let mut all = Kind::together(rows.map(|(_, rows)| rows));
        all.number = number;
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Place = Place { source: SourceId(0), line: 2 };

    /// What else than `--region` helps.
    const ADD: &str = "add a country column";

    fn region(code: &str) -> Region {
        code.parse().unwrap()
    }

    fn person(written: Written) -> RowCountries {
        RowCountries { person: Some(written), ..RowCountries::default() }
    }

    fn bare(codes: &[&str]) -> CountryTally {
        let mut tally = CountryTally::default();
        for code in codes {
            tally.count(ROW, &person(Written::Bare(Some(region(code)))), true);
        }
        tally
    }

    #[test]
    fn a_column_is_wrong_when_more_than_one_of_ten_rows_contradict_it() {
        for (agree, contradict, is_wrong) in [
            (0, 0, false),
            (0, 2, false),
            (0, 3, true),
            (26, 3, true),
            (27, 3, false),
            (90, 10, false),
            (89, 10, true),
        ] {
            let fit = ColumnFit { agree, contradict };
            assert_eq!(fit.is_wrong(), is_wrong, "{agree} {contradict}");
        }
    }

    #[test]
    fn countries_are_shown_by_their_number_of_recipients() {
        let mut tally = CountryTally::default();
        assert_eq!(tally.show(), "");
        for code in ["UG", "KE", "KE", "TZ"] {
            tally.recipient(Some(region(code)), Some(ROW));
        }
        assert_eq!(tally.show(), "Kenya 2, Tanzania 1, Uganda 1");
        tally.recipient(None, Some(ROW));
        tally.count(ROW, &RowCountries { by_column: 2, ..Default::default() }, true);
        tally.count(ROW, &RowCountries { by_column: 2, ..Default::default() }, false);
        let columns =
            "2 KE, 1 TZ, 1 UG, 1 of no known country; 2 numbers completed by their country";
        assert_eq!(tally.show(), columns);
        tally.count(ROW, &RowCountries { by_region: 1, ..Default::default() }, true);
        assert!(tally.show().ends_with("; 3 numbers completed: 2 by their country, 1 by --region"));
        assert_eq!(tally.abroad(region("KE")).number, 2);
    }

    #[test]
    fn the_countries_with_the_fewest_recipients_are_shown_as_one_number() {
        let mut all = ByRegion::default();
        for code in ["AO", "BR", "CL", "DE", "EE", "FI", "GH", "KE", "TZ"] {
            all.count(region(code));
            all.count(region("KE"));
        }
        let largest = "10 KE, 1 AO, 1 BR, 1 CL, 1 DE, 1 EE, 1 FI, 1 GH";
        assert_eq!(all.show(), format!("{largest}, and 1 in 1 other country"));
        all.count(region("UG"));
        all.count(region("UG"));
        all.count(region("ZM"));
        assert!(
            all.show().ends_with(
                ", 2 UG, 1 AO, 1 BR, 1 CL, 1 DE, 1 EE, 1 FI, and 3 in 3 other countries"
            )
        );
    }

    #[test]
    fn bare_numbers_of_several_countries_that_nothing_speaks_for_are_a_warning() {
        let none = Countries::default();
        assert!(bare(&["KE", "KE"]).warnings(&none, None, ADD).is_empty());
        let spread = bare(&["US", "US", "AF"]).warnings(&none, None, ADD);
        assert!(
            spread[0].contains(
                "over 2 countries that no option and no number with + names (2 US, 1 AF)"
            )
        );
        let known: Countries = ["US", "AF"].map(region).into_iter().collect();
        assert!(bare(&["US", "US", "AF"]).warnings(&known, None, ADD).is_empty());
        let mut spoken = bare(&["US", "AF"]);
        spoken.count(ROW, &person(Written::International(Some(region("AF")))), true);
        assert!(spoken.warnings(&none, None, ADD).is_empty());
    }

    #[test]
    fn bare_numbers_that_mostly_fit_no_country_are_a_warning() {
        let none = Countries::default();
        let mut only = CountryTally::default();
        only.count(ROW, &person(Written::Unread), false);
        assert!(
            only.warnings(&none, None, ADD)[0]
                .starts_with("the only number without + fits no country: if it is")
        );
        assert!(
            only.warnings(&none, None, ADD)[0].ends_with("give --region or add a country column")
        );
        let mut tally = bare(&["PE"]);
        for _ in 0..2 {
            tally.count(ROW, &person(Written::Unread), false);
        }
        let warnings = tally.warnings(&none, None, ADD);
        assert!(
            warnings[0].starts_with("2 of 3 numbers without + fit no country, the other is 1 PE")
        );
        assert!(tally.warnings(&none, Some(region("BR")), ADD).is_empty());
        // Refused ones are among those that fit a country.
        tally.count(ROW, &person(Written::Doubted(Some(region("PE")))), false);
        tally.count(ROW, &person(Written::Unread), false);
        let warnings = tally.warnings(&none, None, ADD);
        assert!(
            warnings[0].starts_with("3 of 5 numbers without + fit no country, the others are 2 PE")
        );
    }
}
