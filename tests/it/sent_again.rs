//! Messages that were not sent in an earlier run and are given back: which go out, which are held,
//! and what the files and the screen say about the others.

use std::collections::BTreeMap;

use super::desk::{Desk, Line, QUICK};

/// The messages of a not-sent file: name, status and code.
fn unsent(desk: &Desk, name: &str) -> Vec<String> {
    let show = |line: &Line| format!("{} {} {}", line["name"], line["status"], line["error_code"]);
    let mut shown: Vec<String> = desk.lines(name).iter().map(show).collect();
    shown.sort();
    shown
}

/// A desk on which the first four people were refused, and the gateway takes everything now.
fn desk_with_four_refused() -> Desk {
    let mut desk = Desk::with_gateway("--script 1-4:400:code=131026");
    desk.put_people("people.csv", 5);
    desk.send("people.csv --concurrency 1").code_is(3).sent(1);
    desk.replace_gateway("");
    desk
}

#[test]
fn refused_messages_that_were_not_reached_again_stay_in_the_not_sent_file() {
    for (options, code, sent, left) in [
        ("--limit 1", 8, 1, 3),
        ("--limit 0", 8, 0, 4),
        ("--daily-cap 3", 9, 2, 2),
        ("--daily-cap 1", 9, 0, 4),
    ] {
        let desk = desk_with_four_refused();
        let line = format!("people.csv --retry-refused --concurrency 1 {options}");
        let ended = desk.send(&line).code_is(code);
        assert_eq!(desk.tally().requests, sent, "{options}");
        let wanted: Vec<String> = (sent..4).map(|n| format!("Person {n} refused 131026")).collect();
        assert_eq!(unsent(&desk, "people.not-sent.csv"), wanted, "{options}");
        let lines = desk.lines("people.not-sent.csv");
        assert!(lines.iter().all(|line| line["reason"].contains("131026")), "{lines:?}");
        let ended = ended.says(&format!(
            "  not sent   {left}  not reached, refused before: --retry-refused sends them\n"
        ));
        assert!(!ended.stdout.contains("the next run sends them"), "{}", ended.stdout);
        // What the summary says is true.
        desk.send("people.csv").code_is(3).says("nothing to send");
        desk.send("people.not-sent.csv --retry-refused").code_is(0).sent(left);
    }
}

#[test]
fn new_and_refused_messages_that_were_not_reached_are_counted_apart() {
    let desk = desk_with_four_refused();
    desk.put_people("people.csv", 7);
    let ended = desk.send("people.csv --retry-refused --limit 1 --concurrency 1").code_is(8);
    ended.says(
        "  not sent   3  not reached, refused before: --retry-refused sends them\n\
         \x20 left       2  not reached: the next run sends them\n",
    );
    assert_eq!(desk.lines("people.not-sent.csv").len(), 3);
}

const ANN_AND_ANNE: &str =
    "to,name,phone\n254712345678,Ann,254722000111\n254712345678,Anne,254722000111\n";

#[test]
fn a_refused_name_of_a_card_that_went_out_under_its_other_name_in_that_run_is_sent() {
    for (answer, status, option) in
        [("400:code=131026", "refused", "--retry-refused"), ("429", "failed", "")]
    {
        let mut desk = Desk::with_gateway(&format!("--script 2:{answer}"));
        desk.put("people.csv", ANN_AND_ANNE);
        desk.send("people.csv --concurrency 1 --retries 0").code_is(3).sent(1);
        assert_eq!(desk.lines("people.not-sent.csv")[0]["status"], status);
        desk.replace_gateway("");
        desk.send(&format!("people.not-sent.csv {option}")).code_is(0).sent(1);
        let names: BTreeMap<_, _> = desk
            .lines("people.results.csv")
            .into_iter()
            .map(|line| (line["name"].clone(), line["status"].clone()))
            .collect();
        assert!(names.values().all(|status| status == "sent"), "{names:?}");
    }
}

#[test]
fn a_refused_name_is_held_when_the_other_one_went_out_later_or_nobody_knows_when() {
    // The other name was sent in a run after the refusal.
    let mut desk = Desk::with_gateway("--script 1:400:code=131026");
    let (ann, anne) = (ANN_AND_ANNE.replace("254712345678,Anne,254722000111\n", ""), ANN_AND_ANNE);
    desk.put("people.csv", &ann);
    desk.send("people.csv").code_is(3);
    desk.replace_gateway("");
    desk.put("people.csv", anne);
    desk.send("people.csv").code_is(3).sent(1);
    desk.put("people.csv", &ann);
    desk.send("people.csv --retry-refused").code_is(0).says("1 held");
    // A spreadsheet cut the times of the runs.
    let mut desk = Desk::with_gateway("--script 2:400:code=131026");
    desk.put("people.csv", ANN_AND_ANNE);
    desk.send("people.csv --concurrency 1").code_is(3).sent(1);
    desk.replace_gateway("");
    let results = desk.read("people.results.csv");
    let run = desk.lines("people.results.csv")[0]["run"].clone();
    desk.put("people.results.csv", results.replace(&format!(",{run},"), ",28/11/2026 15:00,"));
    desk.send("people.not-sent.csv --retry-refused").code_is(0).says("1 held");
}

/// A desk whose first person was refused and whose second is in doubt, in the campaign `May sale`.
fn desk_of_a_campaign() -> Desk {
    let mut desk = Desk::with_gateway("--script 1:400:code=131026,2:500");
    desk.put_people("people.csv", 3);
    let line = ["send", "people.csv", "--campaign", "May sale", "--concurrency", "1", "--retries"];
    let line: Vec<&str> = line.into_iter().chain(["0"]).chain(QUICK.split(' ')).collect();
    desk.run_words(&line).code_is(3).sent(1);
    desk.replace_gateway("");
    desk
}

#[test]
fn a_not_sent_file_given_back_without_its_campaign_is_an_error_that_names_it() {
    let desk = desk_of_a_campaign();
    let why = "people.not-sent.csv holds 2 messages of the campaign `May sale`: without it they get \
               other ids, and somebody may get a message twice (try --campaign 'May sale'; with a new \
               name they are sent as new messages)";
    for command in ["check", "send"] {
        let line = format!("{command} people.not-sent.csv --retry-refused {QUICK}");
        desk.run(&line).complains(2, why);
    }
    // A list of another name, made from the results.
    desk.run("report people.results.csv --not-sent left.csv").code_is(0);
    desk.send("left.csv --retry-refused").complains(2, "left.csv holds 2 messages of the campaign");
    assert_eq!(desk.tally().requests, 0);
}

#[test]
fn a_not_sent_file_in_a_new_campaign_is_sent_with_a_warning_about_what_may_have_arrived() {
    let desk = desk_of_a_campaign();
    desk.send("people.not-sent.csv --campaign june").code_is(0).sent(2).complains(
        0,
        "1 message of people.not-sent.csv may have been sent in the campaign `May sale`: in `june` it \
         is a new one and goes out again",
    );
}

#[test]
fn a_not_sent_file_of_this_campaign_is_no_error_although_another_one_had_its_people() {
    // Everybody was refused in one campaign, and is held or refused in another.
    let mut desk = Desk::with_gateway("--fault 400:code=131026=100%");
    let people = "to,name,phone,last_inbound_at\n254712000001,Ann,254722000001,2000-01-01T00:00:00Z\n\
                  254712000002,Ben,254722000002,\n";
    desk.put("people.csv", people);
    desk.send("people.csv --campaign spring --session-window off").code_is(3);
    desk.send("people.csv --session-missing send").code_is(3);
    let lines = desk.lines("people.not-sent.csv");
    let statuses: Vec<&str> = lines.iter().map(|line| line["status"].as_str()).collect();
    assert_eq!(statuses, ["held", "refused"]);
    desk.replace_gateway("");
    let line = "people.not-sent.csv --retry-refused --session-missing send";
    let ended = desk.send(line).code_is(3).sent(1);
    assert!(!ended.printed().contains("campaign"), "{}", ended.printed());
}

#[test]
fn a_not_sent_file_whose_results_have_another_name_is_no_error() {
    let mut desk = Desk::with_gateway("--fault 400:code=131026=100%");
    desk.put_people("people.csv", 1);
    desk.send("people.csv --campaign spring").code_is(3);
    desk.send("people.csv --results other.results.csv").code_is(3);
    desk.replace_gateway("");
    let ended = desk.send("people.not-sent.csv --retry-refused").code_is(0).sent(1);
    assert!(!ended.printed().contains("campaign"), "{}", ended.printed());
}

#[test]
fn the_not_sent_file_of_another_campaign_is_kept() {
    let mut desk = Desk::with_gateway("--fault 400:code=131026=100%");
    desk.put_people("people.csv", 2);
    desk.send("people.csv --campaign spring").code_is(3);
    desk.send("people.csv --campaign spring --retry-refused --limit 0").code_is(8);
    assert!(!desk.has("people.not-sent.bak.csv"), "its own one is replaced");
    let spring = desk.read("people.not-sent.csv");
    // Nothing is left in the other campaign.
    desk.replace_gateway("");
    desk.send("people.csv --campaign summer").code_is(0);
    assert_eq!(desk.read("people.not-sent.csv"), spring);
    desk.replace_gateway("--script 1:400:code=131047");
    desk.send("people.csv --concurrency 1").code_is(3).says(
        "people.not-sent.csv had been changed or is of another campaign: that file is now \
         people.not-sent.bak.csv",
    );
    assert_eq!(desk.read("people.not-sent.bak.csv"), spring);
    assert_eq!(desk.lines("people.not-sent.csv").len(), 1);
}

const GERMAN: &str =
    "Handy;Vorname;Kontakt\n254712000001;J\u{f6}rg;254722000001\n12;B\u{e4}r;254722000003\n";

/// The options that the list `GERMAN` needs.
const GERMAN_OPTIONS: &str = "--map to=Handy --map name=Vorname --map phone=Kontakt --delimiter ; \
                              --encoding windows-1252 --format csv";

#[test]
fn the_options_of_a_list_may_be_given_again_with_its_not_sent_and_rejects_files() {
    let mut desk = Desk::with_gateway("--script 1:400:code=131026");
    let latin: Vec<u8> = GERMAN.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    desk.put("l.csv", latin);
    desk.send(&format!("l.csv {GERMAN_OPTIONS}"))
        .code_is(3)
        .says("send it with the same options and --retry-refused\n");
    desk.replace_gateway("");
    desk.send(&format!("l.not-sent.csv {GERMAN_OPTIONS} --retry-refused")).code_is(0).sent(1);
    let rejects = desk.read("l.rejects.csv").replace("12;", "254712000003;");
    desk.put("l.rejects.csv", &rejects);
    desk.send(&format!("l.rejects.csv {GERMAN_OPTIONS}")).code_is(0).sent(1);
    // A spreadsheet has saved it with another separator.
    let rejects = rejects.replace(';', ",").replace("254712000003", "254712000004");
    desk.put("l.rejects.csv", rejects);
    desk.send(&format!("l.rejects.csv {GERMAN_OPTIONS}")).code_is(0).sent(1);
    let mut names: Vec<String> =
        desk.lines("l.results.csv").iter().map(|line| line["name"].clone()).collect();
    names.sort();
    assert_eq!(names, ["B\u{e4}r", "B\u{e4}r", "J\u{f6}rg"]);
}

#[test]
fn a_rule_that_fits_a_column_of_the_not_sent_file_changes_no_recipient() {
    let mut desk = Desk::with_gateway("--script 1:400:code=131026");
    desk.put("l.csv", "to,phone,name\n254722000001,254712000001,Ann\n");
    // In this list the column `phone` is the recipient.
    let rules = "--map to=phone --map phone=to";
    desk.send(&format!("l.csv {rules}")).code_is(3);
    desk.replace_gateway("");
    desk.send(&format!("l.not-sent.csv {rules} --retry-refused")).code_is(0).sent(1);
    assert_eq!(desk.log()[0]["to"], "254712000001");
}

#[test]
fn recipients_and_cards_are_left_out_with_a_not_sent_file() {
    let desk = Desk::with_gateway("--fault 400:code=131026=100%");
    let card = "BEGIN:VCARD\nVERSION:4.0\nFN:Ann\nTEL:+254722000001\nEND:VCARD\n";
    desk.put("card.vcf", card).put("list.csv", "254712000001\n").put("more.csv", "254712000002\n");
    for (list, options, without) in [
        ("card", "--to 254712000001", "--to"),
        ("card", "--to 254712000001 --recipients more.csv", "--to and --recipients"),
        ("list", "--card card.vcf", "--card"),
    ] {
        let ending = if list == "card" { "vcf" } else { "csv" };
        let ended = desk.send(&format!("{list}.{ending} {options} --format {ending}")).code_is(3);
        let says = ended.stdout.replace("\n             ", " ");
        assert!(
            says.contains(&format!(
                "with the same options and --retry-refused, without {without}\n"
            )),
            "{says}"
        );
        let why = format!(
            "each line of {list}.not-sent.csv is a whole message, with its recipient and its card \
             (leave out {without})"
        );
        let line = format!("{list}.not-sent.csv --format {ending}");
        desk.send(&format!("{line} {options}")).complains(2, &why);
        desk.send(&line).code_is(3).says(" refused (");
    }
}

#[test]
fn a_later_run_says_why_messages_were_refused_before() {
    let mut desk = Desk::with_gateway("--script 1-2:400:code=131026,3:400:code=131047,4:400");
    desk.put_people("people.csv", 5);
    desk.send("people.csv --concurrency 1").code_is(3).sent(1);
    desk.replace_gateway("");
    let says = [
        "2  not reachable on WhatsApp (131026), refused before: check that the number is on WhatsApp",
        "1  session closed (131047), refused before: they must write first, then \
         --retry-refused=131047",
        "1  request refused (http_400), refused before: see `error` in the results; once it is solved, \
         --retry-refused",
    ];
    let ended = desk.send("people.csv --report r.csv --report r.json").code_is(3);
    let screen = ended.stdout.replace("\n                ", " ");
    says.iter().for_each(|line| assert!(screen.contains(line), "no {line} in {screen}"));
    desk.run("check people.csv --from 254110090747 --report c.csv --report c.json").complains(
        0,
        "  refused    2 not reachable on WhatsApp (131026), 1 session closed (131047), 1 request",
    );
    for name in ["r", "c"] {
        let lines = desk.lines(&format!("{name}.csv"));
        let shown: Vec<String> =
            lines.iter().map(|line| format!("{} {}", line["code"], line["reason"])).collect();
        let unreachable = "131026 refused before: not reachable on WhatsApp; check that the number \
                           is on WhatsApp";
        assert_eq!(shown[..2], [unreachable, unreachable]);
        assert_eq!(
            shown[2],
            "131047 refused before: session closed; they must write first, then \
             --retry-refused=131047"
        );
        let json: serde_json::Value =
            serde_json::from_str(&desk.read(&format!("{name}.json"))).unwrap();
        let codes: Vec<(&str, u64)> = json["refused_before_codes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|code| (code["code"].as_str().unwrap(), code["messages"].as_u64().unwrap()))
            .collect();
        assert_eq!(codes, [("131026", 2), ("131047", 1), ("http_400", 1)]);
    }
    // With event times the decision comes after the last row.
    desk.put("events.jsonl", "");
    desk.run("check people.csv --inbound events.jsonl --report e.csv").code_is(0);
    assert_eq!(desk.lines("e.csv")[2]["code"], "131047");
}

#[test]
fn the_line_of_a_not_sent_file_names_the_options_that_its_messages_need() {
    let desk = Desk::with_gateway("--script 1-4:400:code=131026,5:503,6:400:code=131026");
    desk.put_people("people.csv", 5);
    let list = "  list       people.not-sent.csv   ";
    let ended = desk.send("people.csv --concurrency 1 --retries 0 --on-unknown hold").code_is(3);
    let unknown = "refused and unknown ones; send it with the same options and --retry-refused and \
                   --on-unknown retry\n";
    ended.says(&format!("{list}{unknown}"));
    // These options send what the file has.
    desk.send("people.not-sent.csv --retry-refused --on-unknown retry --concurrency 1")
        .code_is(3)
        .sent(4)
        .says("refused ones; send it with the same options\n");
}
