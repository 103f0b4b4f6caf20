use super::desk::{Desk, Line, without_last_columns};

const TWO: &str = "to,name,phone\n254712345678,Ann,254722000111\n254733456789,Bob,254722000222\n";
const THREE: &str = "to,name,phone\n254712345678,Ann,254722000111\n254733456789,Bob,254722000222\n\
                     254744567890,Cid,254722000333\n";

/// A desk on which an older version has sent the first list.
fn desk_of_an_older_version(edit: impl Fn(&str) -> String) -> Desk {
    let desk = Desk::new();
    desk.put("people.csv", TWO);
    desk.send("people.csv --concurrency 1").exits(0);
    let results = without_last_columns(&desk.read("people.results.csv"), 3);
    desk.put("people.results.csv", edit(&results)).put("people.csv", THREE);
    desk
}

/// The name and the card id in each line.
fn card_ids(lines: &[Line]) -> Vec<(&str, &str)> {
    lines.iter().map(|line| (&*line["name"], &*line["card_id"])).collect()
}

#[test]
fn older_results_get_the_new_columns_when_a_run_writes_to_them() {
    let desk = desk_of_an_older_version(|results| results.to_owned());
    let before = desk.read("people.results.csv");
    desk.send("people.csv").exits(0).says("3 = 1 sent + 2 sent before");
    let lines = desk.lines("people.results.csv");
    assert_eq!(
        card_ids(&lines),
        [
            ("Ann", "c2e5af22-e90d-58cb-8d04-e1c9ebcbedd4"),
            ("Bob", "0aeb3fce-867c-58c2-bcc1-d96b0dea4733"),
            ("Cid", "8e11faf5-b887-5a02-a2b0-d373a35f67a3"),
        ]
    );
    let now = without_last_columns(&desk.read("people.results.csv"), 3);
    assert!(now.starts_with(&before), "{now}");
    assert_eq!(desk.accepted().len(), 3);
    assert!(!desk.has("people.results.csv.new"));
}

#[test]
fn older_results_keep_the_form_in_which_a_spreadsheet_saved_them() {
    let saved = |results: &str| {
        let lines = results.lines().map(|line| format!("{};mine\r\n", line.replace(',', ";")));
        lines.collect::<String>().replace("254733456789", "2.54733E+11")
    };
    let desk = desk_of_an_older_version(saved);
    let before = desk.read("people.results.csv");
    desk.send("people.csv").exits(0).says("3 = 1 sent + 2 sent before");
    let now = desk.read("people.results.csv");
    let new_cells = [
        ";card_id;to_source;to_line\r",
        ";c2e5af22-e90d-58cb-8d04-e1c9ebcbedd4;;\r",
        // The numbers of this line are not whole.
        ";;;\r",
    ];
    for ((old, new), cells) in before.split('\n').zip(now.split('\n')).zip(new_cells) {
        assert_eq!(new, format!("{}{cells}", old.trim_end()));
    }
    assert!(now.ends_with(";;8e11faf5-b887-5a02-a2b0-d373a35f67a3;;\r\n"), "{now}");
    desk.send("people.csv").exits(0).says("3 sent before");
}

#[test]
fn only_the_results_of_the_run_itself_are_changed() {
    let desk = desk_of_an_older_version(|results| results.to_owned());
    let before = desk.read("people.results.csv");
    desk.put("new.csv", THREE);
    std::fs::create_dir(desk.path("elsewhere")).unwrap();
    desk.run("report people.results.csv").exits(0);
    desk.run("check people.csv --from 254110090747").exits(0);
    desk.send("new.csv").exits(0).says("3 = 1 sent + 2 sent before");
    let named = "new.csv --results elsewhere/r.csv --ledger people.results.csv --limit 0";
    desk.send(named).code_is(8);
    assert_eq!(desk.read("people.results.csv"), before);
}

#[test]
fn a_run_goes_on_with_the_old_columns_when_there_is_no_place_for_a_new_file() {
    let desk = desk_of_an_older_version(|results| results.to_owned());
    let before = desk.read("people.results.csv");
    std::fs::create_dir(desk.path("people.results.csv.new")).unwrap();
    desk.send("people.csv").exits(0).says("3 = 1 sent + 2 sent before").says(
        "the results do not get the columns card_id, to_source and to_line: cannot make a copy",
    );
    let now = desk.read("people.results.csv");
    assert!(now.starts_with(&before) && now.lines().count() == 4, "{now}");
    std::fs::remove_dir(desk.path("people.results.csv.new")).unwrap();
    desk.send("people.csv").exits(0).says("3 sent before");
    assert!(desk.lines("people.results.csv").iter().all(|line| line["card_id"].len() == 36));
}

#[test]
fn the_recipients_row_is_recorded_when_it_is_another_one() {
    let cards = "name,phone\n\nAnn,254722000111\n";
    let numbers = "to\n254712345678\n254733456789\n";
    for (line, source, to_source) in [
        ("cards.csv --recipients to.csv --to 254744567890", "cards.csv:3", "to.csv"),
        ("to.csv --card cards.csv", "cards.csv:3", "to.csv"),
        ("cards.csv --to 254712345678 --to 254733456789", "cards.csv:3", ""),
    ] {
        let desk = Desk::new();
        desk.put("cards.csv", cards).put("to.csv", numbers);
        desk.send(&format!("{line} --results r.results.csv")).exits(0);
        for line in desk.lines("r.results.csv") {
            assert_eq!(format!("{}:{}", line["source"], line["line"]), source);
            let row = match line["to"].as_str() {
                "254712345678" => "2",
                "254733456789" => "3",
                _ => "",
            };
            let expected = match (to_source, row) {
                ("", _) | (_, "") => ("", ""),
                of => of,
            };
            assert_eq!((&*line["to_source"], &*line["to_line"]), expected, "{line:?}");
        }
    }
    let desk = Desk::new();
    desk.put("people.csv", TWO);
    desk.send("people.csv").exits(0);
    let mut lines = desk.lines("people.results.csv").into_iter();
    assert!(lines.all(|line| line["to_source"].is_empty() && line["to_line"].is_empty()));
}
