use std::collections::HashSet;

use super::desk::{Desk, QUICK, until, without_last_columns};

const ANN: &str = "to,name,phone\n254712345678,Ann,254722000111\n";
const ANNE: &str = "to,name,phone\n254712345678,Anne,+254 722 000 111\n";

#[test]
fn a_card_that_was_sent_under_another_name_is_held_unless_asked_for() {
    let desk = Desk::new();
    desk.put("people.csv", ANN);
    desk.send("people.csv").exits(0);
    desk.put("people.csv", ANNE);
    let ended = desk.send("people.csv --summary-json -").exits(0);
    assert_eq!(ended.summary()["messages"]["held"], 1);
    assert_eq!(ended.summary()["held_unknown"], 0);
    let ended = desk
        .send("people.csv")
        .exits(0)
        .says("1 held")
        .complains(0, "--send-changed sends them: they get it a second time");
    assert!(!ended.printed().contains("254712345678"), "no numbers in a log: {ended:?}");
    desk.run("check people.csv --from 254110090747").complains(0, "another name  row 2");
    assert_eq!(desk.tally().requests, 1);
    desk.send("people.csv --send-changed").exits(0).sent(1).complains(
        0,
        "changed    1  sent before under another name  row 2\n             they get it a second time",
    );
    desk.send("people.csv").exits(0).says("nothing to send");
    assert_eq!(desk.accepted().len(), 2);
}

#[test]
fn the_plan_warns_when_damaged_results_hide_an_edited_card() {
    let desk = Desk::new();
    desk.put("people.csv", ANN);
    desk.send("people.csv").exits(0);
    let results = without_last_columns(&desk.read("people.results.csv"), 3);
    desk.put("people.results.csv", results.replace("254712345678", "2.54712E+11"));
    desk.send("people.csv").exits(0).says("1 sent before");
    desk.put("people.csv", ANNE);
    desk.run("check people.csv --from 254110090747")
        .complains(0, "cut the numbers of 1 sent or unknown message in the results");
}

#[test]
fn only_what_was_sent_and_is_gone_from_the_list_holds_a_card_back() {
    let both = format!("{ANN}{}", ANNE.lines().last().unwrap());
    let other_number = ANNE.replace("000 111", "000 112");
    let other_recipient = ANNE.replace("254712345678", "254712345679");
    for (list, campaign, sent) in [
        (both.as_str(), "", 1),
        (&other_number, "", 1),
        (&other_recipient, "", 1),
        (ANNE, "easter", 1),
        (ANNE, "", 0),
    ] {
        let desk = Desk::new();
        desk.put("people.csv", ANN);
        desk.send("people.csv").exits(0);
        desk.put("people.csv", list);
        let line = format!("people.csv --campaign {campaign}");
        desk.send(line.trim_end_matches("--campaign ")).exits(0);
        assert_eq!(desk.accepted().len(), 1 + sent, "{list} {campaign}");
    }
    // What was refused may be sent under another name.
    let mut desk = Desk::with_gateway("--fault 400=100%");
    desk.put("people.csv", ANN);
    desk.send("people.csv").exits(3);
    desk.replace_gateway("");
    desk.put("people.csv", ANNE);
    desk.send("people.csv").exits(0).sent(1);
}

#[test]
fn a_new_card_is_not_held_for_an_earlier_form_in_rows_that_are_left_out() {
    let both = format!("{ANN}{}", ANNE.lines().last().unwrap());
    for (rows, other_list) in
        [("--rows 2", None), ("--sample 1 --seed 0", None), ("--sample 1 --seed 2", Some(ANN))]
    {
        let desk = Desk::new();
        desk.put("people.csv", ANN);
        desk.send("people.csv").exits(0);
        let line = match other_list {
            None => format!("people.csv {rows}"),
            Some(_) => format!("people.csv more.csv --results people.results.csv {rows}"),
        };
        desk.put("people.csv", if other_list.is_some() { ANNE } else { &both });
        desk.put("more.csv", other_list.unwrap_or_default());
        desk.run(&format!("check {line} --from 254110090747")).will_send(1);
        desk.send(&line).exits(0).sent(1);
    }
}

#[test]
fn a_new_card_of_a_row_that_is_used_is_held_when_the_left_out_rows_do_not_have_the_earlier_form() {
    let desk = Desk::new();
    desk.put("people.csv", ANN);
    desk.send("people.csv").exits(0);
    desk.put("people.csv", format!("{ANNE}254733456789,Ann,254722000111\n"));
    desk.send("people.csv --rows 1").exits(0).says("1 held");
    // The recipients are the rows, and the cards are elsewhere.
    let desk = Desk::new();
    desk.put("cards.csv", "name,phone\nAnn,254722000111\n");
    desk.put("to.csv", "254712345678\n254733456789\n");
    desk.send("to.csv --card cards.csv").exits(0);
    desk.put("cards.csv", "name,phone\nAnne,254722000111\nBob,254722000222\n");
    desk.send("to.csv --card cards.csv --rows 2").exits(0).says("2 = 1 sent").says("1 held");
    desk.put("cards.csv", "name,phone\nAnne,254722000111\nAnn,254722000111\n");
    desk.send("to.csv --card cards.csv --rows 2").exits(0).says("2 = 1 sent + 1 sent before");
    assert_eq!(desk.tally().requests, 4);
}

#[test]
fn a_card_that_another_results_file_of_the_folder_has_is_held_too() {
    let desk = Desk::new();
    desk.put("old.csv", ANN).put("new.csv", ANNE);
    desk.send("old.csv").exits(0);
    desk.send("new.csv").exits(0).says("1 held");
    assert_eq!(desk.tally().requests, 1);
}

const LOST: &str = "--script 1:500";

/// The first run of `people.csv` ended with its message in doubt: the answer was lost, or the run
/// was killed while the message was in flight.
fn desk_in_doubt(killed: bool) -> Desk {
    let mut desk = Desk::with_gateway(if killed { "--latency 30s" } else { LOST });
    desk.put("people.csv", ANN);
    match killed {
        false => drop(desk.send("people.csv --retries 0").exits(3).says("1 unknown")),
        true => {
            let running = desk.start(&format!("send people.csv {QUICK}"));
            until("it is at the gateway", || desk.tally().requests == 1);
            running.signal("KILL");
            running.ended().code_is(-9);
        }
    }
    desk.replace_gateway("");
    desk
}

const MAY_GET_TWICE: &str = "--send-changed sends them: they may get it twice, under two ids";

#[test]
fn a_card_that_is_in_doubt_under_another_name_is_held_unless_asked_for() {
    for (killed, more) in
        [(false, ""), (false, "--on-unknown hold"), (true, ""), (true, "--on-unknown hold")]
    {
        let desk = desk_in_doubt(killed);
        desk.put("people.csv", ANNE);
        desk.run(&format!("check people.csv --from 254110090747 {more}"))
            .complains(0, MAY_GET_TWICE);
        desk.send(&format!("people.csv {more}"))
            .code_is(3)
            .says("1 held")
            .complains(3, MAY_GET_TWICE);
        let ended = desk.send(&format!("people.csv --summary-json - {more}")).exits(3);
        assert_eq!(ended.summary()["held_unknown"], 1);
        assert_eq!(desk.tally().requests, 0, "{killed} {more}");
        let ended = desk.send(&format!("people.csv --send-changed {more}")).exits(0);
        ended.complains(0, "changed    1  may have").complains(0, "they may get it twice");
        assert_eq!(desk.tally().requests, 1);
    }
}

#[test]
fn a_card_that_is_in_doubt_in_other_results_is_held_under_another_name() {
    for killed in [false, true] {
        let desk = desk_in_doubt(killed);
        desk.put("new.csv", ANNE);
        desk.send("new.csv").exits(3).says("1 held").complains(3, MAY_GET_TWICE);
        std::fs::create_dir(desk.path("elsewhere")).unwrap();
        let named = "new.csv --results elsewhere/new.results.csv --ledger people.results.csv";
        if !killed {
            desk.send(named).exits(3).says("1 held").complains(3, MAY_GET_TWICE);
        }
        assert_eq!(desk.tally().requests, 0);
    }
}

#[test]
fn the_first_name_again_is_only_repeated_with_its_own_id() {
    for killed in [false, true] {
        let desk = desk_in_doubt(killed);
        desk.put("people.csv", ANNE);
        desk.send("people.csv").code_is(3);
        desk.put("people.csv", ANN);
        desk.send("people.csv").exits(0).sent(1);
        let accepted: HashSet<String> = desk.accepted().into_iter().collect();
        assert_eq!(accepted.len(), 1, "one id");
        // Now it is known that the recipient has the card.
        desk.put("people.csv", ANNE);
        desk.send("people.csv").exits(0).says("1 held").complains(0, "a second time");
        assert_eq!(desk.tally().requests, 1);
    }
}

#[test]
fn a_message_in_doubt_is_repeated_although_its_card_was_sent_under_another_name() {
    let desk = desk_in_doubt(false);
    desk.put("people.csv", ANNE);
    desk.send("people.csv --send-changed").exits(0).sent(1);
    desk.put("people.csv", ANN);
    desk.send("people.csv --on-unknown hold").exits(3).says("1 unknown");
    desk.send("people.csv").exits(0).sent(1);
    assert_eq!(desk.accepted().len(), 2);
}

#[test]
fn a_name_that_failed_before_the_corrected_one_was_sent_is_held() {
    let mut desk = Desk::with_gateway("--fault 400=100%");
    desk.put("people.csv", ANN);
    desk.send("people.csv").exits(3).says("1 refused");
    desk.replace_gateway("");
    desk.put("people.csv", ANNE);
    desk.send("people.csv").exits(0).sent(1);
    desk.put("people.csv", ANN);
    desk.send("people.csv --retry-refused").exits(0).says("1 held");
    assert_eq!(desk.accepted().len(), 1);
}

#[test]
fn a_second_correction_is_held_for_the_first_name() {
    let annie = ANN.replace("Ann", "Annie");
    let desk = desk_in_doubt(false);
    desk.put("people.csv", ANNE);
    desk.send("people.csv").exits(3).says("1 held");
    desk.put("people.csv", &annie);
    desk.send("people.csv").exits(3).says("1 held").complains(3, MAY_GET_TWICE);
    desk.put("people.csv", ANNE);
    desk.send("people.csv --send-changed").exits(0).sent(1);
    desk.put("people.csv", &annie);
    desk.send("people.csv").exits(0).says("1 held").complains(0, "a second time");
    assert_eq!(desk.accepted().len(), 1);
}

#[test]
fn a_card_of_several_that_a_recipient_gets_is_held_by_itself() {
    let cards = "name,phone\nAnn,254722000111\nBob,254722000222\n";
    let edited = cards.replace("Ann", "Anne");
    let numbers = "254712345678\n254733456789\n";
    for line in ["cards.csv --recipients to.csv", "to.csv --card cards.csv"] {
        let mut desk = Desk::with_gateway("--script 1:500");
        desk.put("cards.csv", cards).put("to.csv", numbers);
        let line = format!("{line} --results r.results.csv --concurrency 1 --retries 0");
        desk.send(&line).exits(3).says("4 = 3 sent + 0 sent before + 1 unknown");
        desk.replace_gateway("");
        desk.put("cards.csv", &edited);
        let ended = desk.send(&line).exits(3);
        ended
            .says("4 = 0 sent + 2 sent before + 2 held")
            .complains(3, "1  sent before under another name");
        assert_eq!(desk.tally().requests, 0);
        desk.put("cards.csv", cards);
        desk.send(&line).exits(0).says("4 = 1 sent + 3 sent before");
    }
}

/// What a spreadsheet makes of long numbers when it saves them as CSV.
fn damaged(results: &str) -> String {
    let mut saved = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let mut lines = csv::ReaderBuilder::new().has_headers(false).from_reader(results.as_bytes());
    for line in lines.records() {
        let cells = line.unwrap();
        let shown = cells.iter().map(|cell| match cell.parse::<f64>() {
            Ok(_) if cell.len() == 12 => format!("{}.{}E+11", &cell[..1], &cell[1..6]),
            _ => cell.to_owned(),
        });
        saved.write_record(shown).unwrap();
    }
    String::from_utf8(saved.into_inner().unwrap()).unwrap()
}

#[test]
fn a_corrected_name_is_held_although_a_spreadsheet_damaged_the_numbers() {
    for (edit, other_results) in [
        (damaged as fn(&str) -> String, false),
        (damaged, true),
        // Changed back to digits.
        (|text| damaged(text).replace("2.54712E+11", "254712000000"), false),
        // The campaign is a date to a spreadsheet.
        (|text| text.replace(",2026-03,", ",Mar-26,"), false),
    ] {
        for (gateway, code) in [("", 0), (LOST, 3)] {
            let mut desk = Desk::with_gateway(gateway);
            desk.put("people.csv", ANN);
            desk.send("people.csv --campaign 2026-03 --retries 0").exits(code);
            desk.put("people.results.csv", edit(&desk.read("people.results.csv")));
            desk.replace_gateway("");
            let list = if other_results { "other.csv" } else { "people.csv" };
            desk.put(list, ANNE);
            let ended = desk.send(&format!("{list} --campaign 2026-03")).exits(code);
            let ended = ended.says("1 held");
            assert!(!ended.stdout.contains("cut the numbers"), "{}", ended.stdout);
            assert_eq!(desk.tally().requests, 0, "{list}");
            let other = ANNE.replace("000 111", "000 112");
            desk.put("new.csv", other);
            desk.send("new.csv --campaign 2026-03").exits(0).sent(1);
        }
    }
}
