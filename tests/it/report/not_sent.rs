//! The list of what was not sent, made from results: given back, each message has the same id.

use super::super::desk::Desk;
use super::{line, names, results};

#[test]
fn a_list_of_what_was_not_sent_has_the_same_ids_when_it_is_given_back() {
    let desk = Desk::with_gateway("--script 1-:400:code=131047");
    let mut list = csv::Writer::from_path(desk.path("people.csv")).unwrap();
    list.write_record(["to", "name", "phone", "phone_2", "message_id"]).unwrap();
    for (n, name) in names().iter().enumerate() {
        let (to, second) =
            (format!("2547120000{n:02}"), if n % 2 == 0 { "254733000111" } else { "" });
        let own = if n == 3 { "order:17" } else { "" };
        list.write_record([&*to, &**name, "254722000111", second, own]).unwrap();
    }
    list.flush().unwrap();
    desk.send("people.csv --campaign spring --halt never").code_is(3);
    let number = names().len();
    let shown = desk.run("report people.results.csv --not-sent left.csv --timezone UTC").exits(0);
    shown.says(&format!("left.csv ({number} messages, without types, WhatsApp ids and"));
    let left = desk.lines("left.csv");
    let own: Vec<&str> =
        left.iter().map(|line| &*line["message_id"]).filter(|id| !id.is_empty()).collect();
    assert_eq!(own, ["order:17"]);
    assert!(
        left.iter()
            .all(|line| line["to"].starts_with("+2547120000") && line["status"] == "refused")
    );
    assert!(
        left.iter()
            .all(|line| line["next_step"] == "they must write first, then --retry-refused=131047")
    );
    let mut ids: Vec<String> =
        desk.lines("people.results.csv").iter().map(|line| line["message_id"].clone()).collect();
    ids.sort();
    let other = Desk::new();
    other.put("left.csv", desk.read("left.csv"));
    other.send("left.csv --campaign spring").exits(0);
    let mut accepted = other.accepted();
    accepted.sort();
    assert_eq!(accepted, ids);
}

#[test]
fn a_list_of_what_was_not_sent_is_of_one_campaign() {
    let desk = Desk::new();
    let of = |id: &str, campaign: &str, status: &str| {
        line(id, status, "", "", "", "h").replacen(
            &format!("{id},,"),
            &format!("{id},{campaign},"),
            1,
        )
    };
    desk.put("a.results.csv", results(&[of("a", "spring", "failed"), of("b", "autumn", "sent")]));
    desk.run("report a.results.csv --not-sent n.csv").exits(0);
    assert_eq!(desk.lines("n.csv").len(), 1);
    desk.put("a.results.csv", results(&[of("a", "spring", "failed"), of("b", "autumn", "failed")]));
    desk.run("report a.results.csv --not-sent m.csv")
        .complains(2, "of several campaigns or senders (`spring` from 254110090747, `autumn` from");
    assert!(!desk.has("m.csv"));
}

#[test]
fn no_number_of_a_card_is_left_out_of_a_list() {
    let desk = Desk::new();
    let of = |phones: usize| {
        let phones = vec!["254722000111"; phones].join(" ");
        results(&[line("a", "failed", "", "", "", "h").replace("254722000111", &phones)])
    };
    desk.put("a.results.csv", of(255));
    desk.run("report a.results.csv --not-sent n.csv").exits(0);
    assert!(desk.read("n.csv").starts_with("\u{feff}to,name,phone,phone_2,"));
    assert_eq!(desk.lines("n.csv")[0]["phone_255"], "+254722000111");
    desk.put("a.results.csv", of(256));
    desk.run("report a.results.csv --not-sent m.csv").complains(4, "more than 255 numbers");
    assert!(!desk.has("m.csv"));
}

#[test]
fn a_list_that_somebody_has_changed_is_kept() {
    let desk = Desk::new();
    let of = |status: &str| results(&[line("a", status, "", "", "", "h")]);
    desk.put("a.results.csv", of("failed"));
    desk.run("report a.results.csv --not-sent n.csv").exits(0);
    let changed = desk.read("n.csv").replace("Ann", "Anna");
    desk.put("n.csv", &changed);
    desk.run("report a.results.csv --not-sent n.csv")
        .says("and held ones); the\n             one that was changed or is of another campaign is now n.bak.csv\n");
    assert_eq!(desk.read("n.bak.csv"), changed);
    assert_eq!(desk.lines("n.csv")[0]["name"], "Ann");
    // When nothing is left, a changed list stays.
    desk.put("n.csv", &changed).put("a.results.csv", of("sent"));
    desk.run("report a.results.csv --not-sent n.csv").says("n.csv stays as it was");
    assert_eq!(desk.read("n.csv"), changed);
}

#[test]
fn a_list_without_a_message_does_not_say_that_all_was_sent() {
    let desk = Desk::new();
    let of = |status: &str| results(&[line("a", status, "", "", "", "h")]);
    desk.put("a.results.csv", of("failed"));
    desk.run("report a.results.csv --not-sent n.csv").exits(0);
    for status in ["sent", "sent", "failed"] {
        desk.put("a.results.csv", of(status));
        let shown = desk.run("report a.results.csv --not-sent n.csv").exits(0);
        if status == "sent" {
            shown.says("  list       n.csv (nothing refused, failed or unknown is recorded)\n");
        }
        assert_eq!(desk.lines("n.csv").len(), usize::from(status != "sent"));
    }
    assert!(!desk.has("n.bak.csv"), "a list without a row is not kept");
}

#[test]
fn with_recipients_the_row_is_that_of_the_recipient() {
    let desk = Desk::with_gateway("--script 1-:400:code=131026");
    desk.put("cards.csv", "name,phone\nAnn,254722000111\n");
    desk.put("r.csv", "to\n254712000001\n254712000002\n");
    desk.send("cards.csv --recipients r.csv --halt never").code_is(3);
    desk.run("report cards.results.csv --not-sent n.csv --report all.csv").exits(0);
    let rows = |name: &str, source: &str, line: &str| {
        let mut rows: Vec<(String, String)> = desk
            .lines(name)
            .iter()
            .map(|cells| (cells[source].clone(), cells[line].clone()))
            .collect();
        rows.sort();
        rows
    };
    let recipients = ["2", "3"].map(|line| ("r.csv".to_owned(), line.to_owned()));
    assert_eq!(rows("n.csv", "source", "line"), recipients);
    assert_eq!(rows("all.csv", "to_source", "to_line"), recipients);
    let contact = ("cards.csv".to_owned(), "2".to_owned());
    assert_eq!(rows("all.csv", "source", "line"), [contact.clone(), contact]);
}
