//! The country of each row, and what the plan says about countries.

use super::desk::{Desk, Ended};

impl Ended {
    /// Checks that the plan contains `what`: on stdout for a check, else on stderr.
    #[track_caller]
    fn plans(self, what: &str) -> Self {
        let text = [&*self.stdout, &self.stderr].concat();
        assert!(text.contains(what), "no `{what}` in {self:#?}");
        self
    }
}

/// The recipients of a check in the order of the list.
fn recipients(ended: &Ended) -> Vec<String> {
    let lines = ended.stdout.lines().filter_map(|line| line.trim().strip_prefix("\"to\": \""));
    lines.map(|line| line.trim_end_matches("\",").to_owned()).collect()
}

#[test]
fn a_country_column_completes_the_numbers_of_its_row() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone,Country\n\
         0712 345 671,Ann,0712 345 681,Kenya\n\
         0772 345 672,Bob,+254722000111,UG\n\
         256772345673,Cee,+254722000111,Ouganda\n\
         0712 345 674,Dee,+254722000111,\n",
    );
    let checked = desk.run("check people.csv --region TZ --show 9").code_is(0);
    assert_eq!(
        recipients(&checked),
        ["254712345671", "256772345672", "256772345673", "255712345674"]
    );
    checked
        .plans("countries  2 UG, 1 KE, 1 TZ; 4 numbers completed: 3 by their country, 1 by --region")
        .plans("3 numbers completed by the country of their row would be another valid number with --region TZ");
}

#[test]
fn a_country_that_is_not_understood_rejects_only_the_numbers_that_need_it() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone,country\n\
         0712345671,Ann,+254722000111,Congo\n\
         +243812345678,Bob,+254722000111,Congo\n\
         254712345673,Cee,+254722000111,Atlantis\n\
         6581234567,Dee,+254722000111,Indya\n\
         0712345674,Eva,+254722000111,n/a\n",
    );
    let checked = desk.run("check people.csv --region KE --show 9 --verbose").code_is(3);
    assert_eq!(recipients(&checked), ["243812345678", "254712345673", "254712345674"]);
    checked
        .plans("2 country_unknown")
        .plans("column `country`: \"Congo\" is the name of several countries; write CD or CG, or")
        .plans(
            "\"Indya\" is no country that is known; did you mean India (IN), or write the number",
        );
}

#[test]
fn a_number_beside_a_calling_code_is_never_another_countrys() {
    let desk = Desk::new();
    desk.put("card.csv", "name,phone\nShop,254711222333\n");
    desk.put(
        "people.csv",
        "Name,Country Code,Phone Number\n\
         Ann,91,6582345671\n\
         Bob,+254,712345672\n\
         Cee,62,81234567893\n\
         Dee,254,254712345674\n\
         Eva,91,+6581234567\n\
         Fay,44,12345\n",
    );
    let checked = desk.run("check people.csv --card card.csv --show 9").code_is(3);
    let expected = ["916582345671", "254712345672", "6281234567893", "254712345674", "6581234567"];
    assert_eq!(recipients(&checked), expected);
}

#[test]
fn a_column_that_is_not_the_numbers_country_ends_the_run() {
    let desk = Desk::new();
    let mut list = "to,name,phone,Country\n".to_owned();
    for n in 0..8 {
        let country = if n < 3 { "UG" } else { "KE" };
        list.push_str(&format!("+25471234567{n},Ann {n},+254722000111,{country}\n"));
    }
    list.push_str("0712345679,Bob,+254722000111,UG\n");
    desk.put("people.csv", &list);
    desk.run("check people.csv").complains(
        4,
        "column `Country` of people.csv is not the country of its numbers: 3 of 8 rows with + are of another one (try --map country=HEADER for the right column, or --map country== to pass it over)",
    );
    desk.send("people.csv").complains(4, "is not the country of its numbers");
    assert_eq!(desk.accepted().len(), 0);
    desk.run("check people.csv --map country== --region KE").code_is(0);
    // Two rows are mistakes in two rows.
    desk.put("people.csv", list.replacen(",UG", ",KE", 1));
    desk.run("check people.csv").code_is(0);
}

#[test]
fn countries_names_the_only_ones_that_a_list_may_have() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone\n+254712345671,Ann,+254722000111\n+447400123456,Bob,+254722000111\n",
    );
    desk.run("check people.csv --countries UG,Kenia,GB").code_is(0);
    desk.run("check people.csv --countries Kenyaa")
        .complains(2, "`Kenyaa` is no country that is known; did you mean Kenya (KE)?");
    desk.put("lipasend.toml", "countries = [\"Kenya\", \"GB\"]\nregion = \"Kenya\"\n");
    desk.run("check people.csv --config lipasend.toml").code_is(0);
    desk.run_with("check people.csv", &[("LIPASEND_COUNTRIES", "KE,Great Britain")]).code_is(0);
}

#[test]
fn bare_numbers_of_countries_that_nothing_speaks_for_are_a_warning() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone\n\
         15296996361,Ann,+254722000111\n\
         93751417152,Bob,+254722000111\n",
    );
    let warning = "spread over 2 countries that no option and no number with + names (1 AF, 1 US)";
    desk.run("check people.csv")
        .plans("countries  Afghanistan 1, United States 1\n")
        .plans(warning);
    let quiet = desk.run("check people.csv --countries KE,US,AF").code_is(0);
    assert!(!quiet.printed().contains("no option and no number"), "{}", quiet.stderr);
}

#[test]
fn bare_numbers_that_mostly_fit_no_country_are_a_warning() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone\n\
         21987654321,Ann,+5511987654321\n\
         21987654322,Bob,+5511987654321\n\
         51987654323,Cee,+5511987654321\n",
    );
    desk.run("check people.csv")
        .plans("2 of 3 numbers without + fit no country, the other is 1 PE");
    let recipients_of_three = recipients(&desk.run("check people.csv --show 9"));
    assert_eq!(recipients_of_three, ["51987654323"]);
    let given = desk.run("check people.csv --region BR");
    assert!(!given.printed().contains("fit no country"), "{}", given.stderr);
}

#[test]
fn a_column_of_countries_speaks_for_the_bare_numbers_of_its_rows() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone,country\n\
         254733000451,Ann,+254722000111,254\n\
         256772345672,Bob,+254722000111,UG\n\
         447400123453,Cee,+254722000111,GB\n\
         0933000454,Dee,+254722000111,UG\n",
    );
    let checked = desk
        .run("check people.csv")
        .code_is(3)
        .plans("countries  United Kingdom 1, Kenya 1, Uganda 1");
    // Dee's is no number of Uganda, which `--region` would not change.
    for untrue in ["spread over", "fits no country", "no option and no number"] {
        assert!(!checked.printed().contains(untrue), "{}", checked.stderr);
    }
}

#[test]
fn old_forms_and_placeholders_are_not_told_to_be_national_numbers() {
    let desk = Desk::new();
    let header = "to,name,phone\n";
    // Brazil's old mobile numbers have their country code.
    let old = "552187650011,Ann,+254722000111\n552187650012,Bob,+254722000111\n";
    let none = "0,Cee,+254722000111\n0700000000,Dee,+254722000111\n";
    desk.put("people.csv", format!("{header}{old}{none}"));
    let checked = desk.run("check people.csv").code_is(3);
    assert!(!checked.printed().contains("fit no country"), "{}", checked.stderr);
    // The plan says of national numbers what they may be.
    let national = "0722000113,Eva,+254722000111\n0722000114,Fay,+254722000111\n0722000115,Gil,+254722000111\n";
    desk.put("people.csv", format!("{header}{old}{none}{national}"));
    desk.run("check people.csv").code_is(3).plans(
        "3 of 5 numbers without + fit no country, the others are 2 BR: if they are national numbers, give --region",
    );
}

#[test]
fn the_only_number_that_fits_a_country_among_national_ones_is_not_sent() {
    let desk = Desk::new();
    let list = "to,name,phone\n\
         21987654321,Ann,5511987654321\n\
         21987654322,Bob,5511987654321\n\
         31987654323,Cee,5511987654321\n\
         51987654324,Dee,5511987654321\n";
    desk.put("people.csv", list);
    desk.run("check people.csv --verbose --show 9")
        .plans("1 to_no_country_code")
        .plans("has no `+` and fits a country that no option and no number with + names, while most numbers of the list fit none; ")
        .plans("3 of 4 numbers without + fit no country, the other is 1 PE");
    desk.send("people.csv").code_is(3);
    assert_eq!(desk.accepted().len(), 0);
    // What speaks for the country lets it pass.
    for said in ["--countries PE,BR", "--from 51987654000", "--numbers international"] {
        let checked = desk.run(&format!("check people.csv --show 9 {said}")).code_is(3);
        assert_eq!(recipients(&checked), ["51987654324"], "{said}");
    }
    desk.run("check people.csv --region BR --verbose")
        .plans("\"51987654324\" can be 51987654324 with its own country code or 5551987654324");
}

#[test]
fn a_fixed_line_with_its_plus_stays_good_in_the_rejects() {
    let desk = Desk::new();
    desk.put("people.csv", "to,name,phone\n+254202012345,,+254722000111\n");
    desk.send("people.csv").code_is(3);
    desk.put("fixed.csv", desk.read("people.rejects.csv").replace("2345,,", "2345,Ann,"));
    assert_eq!(recipients(&desk.run("check fixed.csv --show 9").code_is(0)), ["254202012345"]);
}

#[test]
fn a_bare_fixed_line_after_to_is_refused_and_the_way_out_is_named() {
    let desk = Desk::new();
    desk.put("people.csv", "name,phone\nAnn,+254722000111\n");
    desk.run("check people.csv --to 254202012345")
        .complains(2, "--to \"254202012345\" has no `+` and is a fixed line of a country that no option and no number with + names; check its digits and write it with +");
    for good in [
        "--to +254202012345",
        "--to 254202012345 --region KE",
        "--to 254202012345 --from 254722000222",
    ] {
        desk.run(&format!("check people.csv {good}")).code_is(0);
    }
}

#[test]
fn recipients_of_another_country_than_the_sender_are_a_note() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone\n+256772345671,Ann,+254722000111\n+254712345672,Bob,+254722000111\n",
    );
    let note = "1  outside the sender's country: try one first (--limit 1)  row 2\n";
    desk.run("check people.csv --from 254711222333").plans(note);
    for line in ["check people.csv", "check people.csv --from 254711222333 --to-format e164"] {
        let silent = desk.run(line).code_is(0);
        assert!(!silent.printed().contains("outside the sender's"), "{}", silent.stderr);
    }
}

#[test]
fn only_the_user_or_the_list_speaks_for_a_suggested_country() {
    let desk = Desk::new();
    desk.put("people.csv", "to,name,phone\n0772345671,Ann,256772000111\n");
    let checked = desk.run("check people.csv").code_is(3);
    assert!(!checked.printed().contains("254772"), "{}", checked.stderr);
    desk.put("people.csv", "to,name,phone\n0772345671,Ann,+256772000111\n");
    desk.run("check people.csv").plans("with --region UG it would be 256772345671");
    let sender_of_another = desk.run("check people.csv --from 254711222333").code_is(3);
    assert!(!sender_of_another.printed().contains("it would be"), "{}", sender_of_another.stderr);
    desk.put("people.csv", "to,name,phone\n0772345671,Ann,256772000111\n");
    desk.run("check people.csv --from 256772000222").plans("it would be 256772345671");
}

#[test]
fn a_list_with_a_country_column_is_not_advised_to_add_one() {
    let desk = Desk::new();
    let rows =
        [("0712345671", "Kenya"), ("0712345672", ""), ("0712345673", "-"), ("0712345674", "")];
    let row = |(to, country): (&str, &str)| format!("{to},Ann,+254722000111,{country}\n");
    let list = rows.map(row).concat();
    desk.put("people.csv", format!("to,name,phone,Country\n{list}"));
    let checked = desk.run("check people.csv --report r.json").code_is(3);
    assert!(!checked.stdout.contains("add a"), "{}", checked.stdout);
    checked
        .plans("if they are national numbers, give --region or fill the country of rows 3 4 5\n")
        .plans("3  no country code  rows 3 4 5  fill their country, or --region\n");
    let report: serde_json::Value = serde_json::from_str(&desk.read("r.json")).unwrap();
    assert_eq!(report["rejected"][0]["advice"], "fill their country, or --region");
    // Without the column it is to be added; with one in some of the lists, neither is true.
    desk.put("other.csv", "to,name,phone\n0712345675,Bob,+254722000111\n");
    desk.run("check other.csv").code_is(3).plans("give --region or add a country column\n");
    desk.run("check people.csv other.csv")
        .code_is(3)
        .plans("4  no country code")
        .plans("give --region or give each of these rows its country\n");
}
