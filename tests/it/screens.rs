//! Whole screens: everything that a command prints, stderr before stdout, and its exit code.

use lipasend::report::format::folded;

use super::desk::{Desk, Ended, FROM, QUICK, until, without_last_columns};

impl Ended {
    /// Compares the whole screen.
    #[track_caller]
    fn prints(&self, expected: &str) {
        let screen = self.screen();
        let expected = expected.trim_start_matches('\n');
        assert!(screen == expected, "printed\n{screen}\nand not\n{expected}");
    }

    /// Everything that was printed, and the exit code. Addresses and times are replaced.
    fn screen(&self) -> String {
        let lines = self.stderr.lines().chain(self.stdout.lines()).map(|line| {
            let untimed = match line.split_once(" in ") {
                Some((sent, _)) if sent.starts_with("sent ") => format!("{sent} in TIME"),
                _ => line.to_owned(),
            };
            let words = untimed.split(' ').map(|word| match word {
                address if address.starts_with("127.0.0.1:") => "GATEWAY",
                time if time.len() >= 24 && time.as_bytes()[10] == b'T' => "TIME",
                other => other,
            });
            words.collect::<Vec<_>>().join(" ") + "\n"
        });
        lines.collect::<String>() + &format!("exit {}\n", self.code)
    }
}

/// A list of people with their own recipients.
fn people(names: impl IntoIterator<Item = String>) -> String {
    let row = |(n, name)| format!("2547123450{n:02},{name},254722000111");
    list(&names.into_iter().enumerate().map(row).collect::<Vec<_>>())
}

const ANN: &str = "254712345678,Ann,254722000111";
const BOB: &str = "254733456789,Bob,254722000222";

/// A list with these rows.
fn list(rows: &[impl AsRef<str>]) -> String {
    let rows = rows.iter().map(|row| format!("{}\n", row.as_ref()));
    rows.fold("to,name,phone\n".to_owned(), |list, row| list + &row)
}

#[test]
fn a_clean_list() {
    let desk = Desk::new();
    desk.put("people.csv", "to;Full Name;mobile;type;City\n254712345678;Ann;254722000111;Work;Nairobi\n254733456789;Bob;254722000222;;Thika\n");
    let line = "check people.csv --from 254799000111 --campaign Easter --map name==Shop";
    desk.run(line).prints(
        r#"
people.csv (UTF-8, semicolons)
  columns    `to` `type` by their names
             `mobile` → phone, shown as Cell (synonym)
             fixed value → name (--map name==Shop)
  ignored    `Full Name` `City`
  from       254799000111
  campaign   Easter
  gateway    GATEWAY
  rows       2 read = 2 used + 0 duplicate + 0 rejected + 0 skipped
  countries  2 KE
  messages   2 = 2 to send + 0 sent before
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  pace       2 messages at 10/s, about 0.2 s
  note       2 cards without a WhatsApp id show "Invite to WhatsApp" (--wa-id-from-phone)
  example    to 254712345678: the card "Shop" with 254722000111 (Work)
checked: 2 messages to send, no row is rejected
exit 0
"#,
    );
}

#[test]
fn a_list_on_a_narrow_terminal() {
    let desk = Desk::new();
    desk.put("people.csv", list(&[ANN, BOB, "0712345678,Cid,254722000333"]));
    let text = folded(&desk.run("check people.csv").screen(), 60);
    let expected = r#"
people.csv (UTF-8, commas)
  columns    `to` `name` `phone` by their names
  from       254110090747, the sandbox number (no --from was
             given): each recipient must first send it the
             account's join code
  gateway    GATEWAY
  rows       3 read = 2 used + 0 duplicate + 1 rejected +
             0 skipped
  countries  2 KE
  messages   2 = 2 to send + 0 sent before
  24 hours   nothing says when these people last wrote;
             outside 24 hours WhatsApp refuses the card,
             131047
  pace       2 messages at 10/s, about 0.2 s
  note       2 cards without a WhatsApp id show "Invite to
             WhatsApp" (--wa-id-from-phone)
  example    to 254712345678: the card "Ann" with
             254722000111
  rejected   1 to_no_country_code: people.csv:4  column
             `to`: "0712345678" has no country code; write
             it with one, like +254712345678, or give
             --region
checked: 2 messages to send, 1 row rejected
  rejects    written to a file for you to fix when the list
             is sent, or now with --rejects FILE
exit 3
"#;
    assert!(text == expected.trim_start_matches('\n'), "printed\n{text}");
}

#[test]
fn many_mistakes() {
    let desk = Desk::new();
    let mut text = b"to,name,phone,phone_2,city,note,,\n".to_vec();
    for row in [
        "254712345678,Ann,254722000111,",
        "254712345678,Bob,+254 (0)722000222,12",
        "254712345678,Cid,254722000333,",
        "254712345678,Dan,254722000444,",
        "254712345678,Eve,254722000555,",
        "254712345678,Fay,254722000666,",
        "254712345678,Gil,254722000777,",
        "254712345678,Ann,254722000111,",
        "254712345678,Ann,254722000111,",
        "254712345678,Ann,254722000111,",
        "254712345678,Ann,254722000111,",
        "254712345678,Ann,254722000111,",
        "254712345678,Ann,254722000111,",
        "254712345678,Ann,254722000111,",
        "0712345678,Hal,254722000888,",
        ",Ida,254722000888,",
        "nobody,Jon,254722000888,",
        "nobody,Kim,254722000888,",
        "254712345678,,254722000888,",
        "254712345678,Liz,,",
        "254712345678,Max,1,",
        ",,,",
    ] {
        text.extend(format!("{row},2020-01-01,,,\n").bytes());
    }
    text.extend(b"254733456789,Zo\xeb,254722000999,,,,,\n");
    desk.put("people.csv", text);
    desk.run("check people.csv").prints(r#"
people.csv (UTF-8, 1 row read as Windows-1252, commas)
  columns    `to` `name` `phone` `phone_2` by their names
  ignored    `city` `note` 2 columns without a header
  from       254110090747, the sandbox number (no --from was given): each recipient must first send it the account's join code
  gateway    GATEWAY
  rows       23 read = 8 used + 7 duplicate + 8 rejected + 0 skipped
  countries  2 KE
  messages   8 = 8 to send + 0 sent before
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  pace       8 messages at 10/s, limited by 1/6s to each recipient (7 to one of them), about 36 s
  note       8 cards without a WhatsApp id show "Invite to WhatsApp" (--wa-id-from-phone)
  example    to 254712345678: the card "Ann" with 254722000111
  rejected   2 to_missing: rows 17 23
             people.csv:17  column `to` is empty; give a number with its country code, like +254712345678
             2 to_letters: rows 18 19
             people.csv:18  column `to`: "nobody" has letters; write the number in digits only
             1 to_no_country_code: people.csv:16  column `to`: "0712345678" has no country code; with --region KE it would be 254712345678
             1 name_missing: people.csv:20  has no name for the card; give it one in column `name`
             1 phone_missing: people.csv:21  has no phone number for the card; give it one in column `phone` or `phone_2`
             1 phone_not_possible: people.csv:22  column `phone`: "1" is not a possible number; check its digits and write it with + and its country code, or give --region for national numbers
  duplicate  7 rows: 9 10 11 12 13 14 15
             people.csv:9 is the same message as people.csv:2
  warning    6 rows: 3 4 5 6 7 8
             people.csv:3 sends another card to the recipient of people.csv:2
  noted      6 same_recipient: another card to somebody who gets one already
             1 phone_left_out: a number that cannot be used, on a card with better ones: people.csv:3
             1 read as windows-1252: not UTF-8: check the names, or give --encoding: people.csv:24
             1 trunk_zero: a trunk zero after the country code was dropped
checked: 8 messages to send, 8 rows rejected
  rejects    written to a file for you to fix when the list is sent, or now with --rejects FILE
exit 3
"#);
}

#[test]
fn a_verbose_check_and_a_quiet_one() {
    let desk = Desk::new();
    let rows = ["254712345678,Ann,+254 (0)722000111", ANN, "x,Bob,254722000222", ",,", BOB];
    desk.put("people.csv", list(&rows));
    desk.run("check people.csv --verbose --rows 1-4").prints(
        r#"
people.csv:2 trunk_zero: column `phone`: "+254 (0)722000111" read as 254722000111
people.csv:3 is the same message as people.csv:2
people.csv:4 rejected, to_letters: column `to`: "x" has letters; write the number in digits only
people.csv:5 skipped: empty row
people.csv:6 skipped: outside --rows
people.csv (UTF-8, commas)
  columns    `to` `name` `phone` by their names
  from       254110090747, the sandbox number (no --from was given): each recipient must first send it the account's join code
  gateway    GATEWAY
  rows       5 read = 1 used + 1 duplicate + 1 rejected + 2 skipped
  countries  1 KE
  messages   1 = 1 to send + 0 sent before
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  pace       1 message at 10/s, about 0.1 s
  note       1 card without a WhatsApp id shows "Invite to WhatsApp" (--wa-id-from-phone)
  example    to 254712345678: the card "Ann" with 254722000111
  rejected   1 to_letters: people.csv:4
  skipped    1 empty row, 1 outside --rows
  noted      1 trunk_zero: a trunk zero after the country code was dropped
checked: 1 message to send, 1 row rejected
  rejects    written to a file for you to fix when the list is sent, or now with --rejects FILE
exit 3
"#,
    );
    desk.run("check people.csv --quiet --rejects fix.csv").prints(
        r#"
checked: 2 messages to send, 1 row rejected
  rejected   1 to_letters: people.csv:4  column `to`: "x" has letters; write the number in digits only
  duplicate  people.csv:3 is the same message as people.csv:2
  skipped    1 empty row
  noted      1 trunk_zero: a trunk zero after the country code was dropped
  rejects    fix.csv (fix the rows there and send that file with the same options)
exit 3
"#,
    );
}

#[test]
fn a_list_with_only_a_header() {
    let desk = Desk::new();
    desk.put("people.csv", "to\tname\tphone\n");
    desk.run("check people.csv").prints(r#"
people.csv (UTF-8, TABs)
  columns    `to` `name` `phone` by their names
  from       254110090747, the sandbox number (no --from was given): each recipient must first send it the account's join code
  gateway    GATEWAY
  rows       0 read = 0 used + 0 duplicate + 0 rejected + 0 skipped
  messages   0 = 0 to send + 0 sent before
  warning    there is a header, and no row below it
checked: 0 messages to send, no row is rejected
exit 0
"#);
    desk.run(&format!("send people.csv {QUICK}")).prints(
        r#"
nothing to send
  rows       0 read = 0 used + 0 duplicate + 0 rejected + 0 skipped
  messages   0 = 0 sent + 0 sent before
  warning    there is a header, and no row below it
  results    people.results.csv
exit 0
"#,
    );
}

#[test]
fn a_folder_with_the_results_of_other_runs() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("lists")).unwrap();
    desk.put("lists/a.csv", list(&[ANN])).put("lists/b.csv", list(&[BOB, "x,Cid,254722000333"]));
    desk.send("lists/a.csv").exits(0);
    let elsewhere = Desk::new();
    elsewhere.put("old.csv", list(&[ANN, BOB]));
    elsewhere.run("send old.csv --rehearse --quiet").exits(0);
    desk.put("old.results.csv", elsewhere.read("old.rehearsal.results.csv"));
    let line = "send lists --results lists/all.results.csv --ledger old.results.csv";
    desk.run(&format!("{line} {}", QUICK.replace("--quiet ", ""))).prints(r#"
lists/a.csv (UTF-8, commas)
  columns    `to` `name` `phone` by their names
lists/b.csv (UTF-8, commas)
  columns    `to` `name` `phone` by their names
  from       254110090747, the sandbox number: each recipient must first send it the account's join code
  gateway    GATEWAY
  also read  lists/a.results.csv: 1 sent
  also read  old.results.csv: 2 lines of another gateway, which do not count
  rows       3 read = 2 used + 0 duplicate + 1 rejected + 0 skipped
  countries  2 KE
  messages   2 = 1 to send + 1 sent before
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  pace       1 message at no limit
  note       1 card without a WhatsApp id shows "Invite to WhatsApp" (--wa-id-from-phone)
  rejected   1 to_letters: lists/b.csv:3
sent 1 message in TIME
  rows       3 read = 2 used + 0 duplicate + 1 rejected + 0 skipped
  messages   2 = 1 sent + 1 sent before
  results    lists/all.results.csv
  rejects    lists/b.rejects.csv (fix the rows there and send that file with the same options)
exit 3
"#);
}

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Amani Travel\r\nTEL;TYPE=CELL:+254722000111\r\nTEL;TYPE=FAX:+254202000111\r\nEND:VCARD\r\n";

#[test]
fn contacts_to_recipients_of_the_command_line() {
    let desk = Desk::new();
    let other = CARD.replace("Amani", "Baraka");
    desk.put("cards.vcf", [CARD, &other].concat());
    desk.put("google.csv", "First Name,Last Name,Phone 1 - Label,Phone 1 - Value,Labels\nAnn,Ouma,Mobile,254733000111,* myContacts\n");
    let line = "check cards.vcf google.csv --to 254712345678,254733456789 --results r.csv";
    desk.run(line).prints(r#"
cards.vcf (vCards)
google.csv (Google Contacts export, UTF-8, commas)
  columns    `First Name` → part of name (Google Contacts)
             `Last Name` → part of name (Google Contacts)
             `Phone 1 - Label` → type (Google Contacts)
             `Phone 1 - Value` → phone (Google Contacts)
  ignored    `Labels`
  from       254110090747, the sandbox number (no --from was given): each recipient must first send it the account's join code
  gateway    GATEWAY
  rows       3 read = 3 used + 0 duplicate + 0 rejected + 0 skipped
  countries  2 KE
  messages   6 = 6 to send + 0 sent before
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  pace       6 messages at 10/s, limited by 1/6s to each recipient (3 to one of them), about 12 s
  note       6 cards without a WhatsApp id show "Invite to WhatsApp" (--wa-id-from-phone)
  example    to 254712345678: the card "Amani Travel" with 254722000111 (Cell)
  noted      2 fax_left_out: fax number left out
checked: 6 messages to send, no row is rejected
exit 0
"#);
}

#[test]
fn a_card_to_a_list_of_recipients() {
    let desk = Desk::new();
    desk.put("card.vcf", CARD);
    desk.put("list.csv", "to|Town|\n254712345678|Thika|\n+254 733 456 789||\n254712345678||\n");
    desk.run("check list.csv --card card.vcf --sample 2 --rate 600/m").prints(r#"
list.csv (UTF-8, `|` between the cells)
  columns    `to` by its name
  ignored    `Town` a column without a header
card.vcf (vCards)
  from       254110090747, the sandbox number (no --from was given): each recipient must first send it the account's join code
  gateway    GATEWAY
  rows       4 read = 3 used + 0 duplicate + 0 rejected + 1 skipped
  countries  2 KE
  messages   2 = 2 to send + 0 sent before
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  pace       2 messages at 10/s, about 0.2 s
  note       2 cards without a WhatsApp id show "Invite to WhatsApp" (--wa-id-from-phone)
  example    to 254733456789: the card "Amani Travel" with 254722000111 (Cell)
  skipped    1 outside --sample
  noted      1 fax_left_out: fax number left out
checked: 2 messages to send, no row is rejected
exit 0
"#);
}

#[test]
fn a_killed_run_and_corrected_names() {
    let mut desk = Desk::new();
    let names = ["Ann", "Bob", "Cid", "Dan", "Eve", "Fay"];
    desk.put("people.csv", people(names.map(str::to_owned)));
    desk.send("people.csv").exits(0);
    desk.replace_gateway("--latency 30s");
    desk.put("people.csv", people(names.map(|name| format!("{name} B."))) + BOB + "\n");
    let running = desk.start(&format!("send people.csv {QUICK}"));
    until("the new message is at the gateway", || desk.tally().requests == 1);
    running.signal("KILL");
    running.ended().code_is(-9);
    desk.replace_gateway("");
    desk.run(&format!("check people.csv --from {FROM}")).prints(r#"
people.csv (UTF-8, commas)
  columns    `to` `name` `phone` by their names
  from       254110090747, the sandbox number: each recipient must first send it the account's join code
  gateway    GATEWAY
  rows       7 read = 7 used + 0 duplicate + 0 rejected + 0 skipped
  countries  7 KE
  messages   7 = 1 to send + 0 sent before + 6 held
  in doubt   1 may have been accepted before: tried again with the same messageId (--on-unknown hold leaves them)
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  pace       1 message at 10/s, about 0.1 s
  note       1 card without a WhatsApp id shows "Invite to WhatsApp" (--wa-id-from-phone)
  example    to 254733456789: the card "Bob" with 254722000222
  held       6 messages: the same card was sent under another name (--send-changed sends it: the recipient gets it a second time, under the new name)
             people.csv:2  to 254712345000
             people.csv:3  to 254712345001
             people.csv:4  to 254712345002
             people.csv:5  to 254712345003
             people.csv:6  to 254712345004
             and 1 more
checked: 1 message to send, no row is rejected
  warning    1 message in flight: the last run ended without a summary
exit 0
"#);
    desk.run(&format!("check people.csv --from {FROM} --on-unknown hold")).prints(r#"
people.csv (UTF-8, commas)
  columns    `to` `name` `phone` by their names
  from       254110090747, the sandbox number: each recipient must first send it the account's join code
  gateway    GATEWAY
  rows       7 read = 7 used + 0 duplicate + 0 rejected + 0 skipped
  countries  7 KE
  messages   7 = 0 to send + 0 sent before + 1 unknown and held + 6 held
  held       6 messages: the same card was sent under another name (--send-changed sends it: the recipient gets it a second time, under the new name)
             people.csv:2  to 254712345000
             people.csv:3  to 254712345001
             people.csv:4  to 254712345002
             people.csv:5  to 254712345003
             people.csv:6  to 254712345004
             and 1 more
checked: 0 messages to send, no row is rejected
  warning    1 message in flight: the last run ended without a summary
exit 0
"#);
    desk.run("report people.results.csv").prints(
        r#"
people.results.csv
  messages   6 = 6 sent + 0 refused + 0 failed + 0 unknown
  in flight  a run is still going on, or ended without a summary (the next run records its messages)
  gateway    GATEWAY
  time       TIME to TIME 1 run
exit 0
"#,
    );
    desk.run(&format!("send people.csv {QUICK} --on-unknown hold")).prints(r#"
lipasend: the last run ended without a summary: 1 message in flight, left as unknown (--on-unknown hold)
nothing to send
  rows       7 read = 7 used + 0 duplicate + 0 rejected + 0 skipped
  messages   7 = 0 sent + 0 sent before + 1 unknown + 6 held
  held       6 edited: the card was, or may have been, sent under another name (--send-changed sends it)
  held       6 messages: the same card was sent under another name (--send-changed sends it: the recipient gets it a second time, under the new name)
             people.csv:2
             people.csv:3
             people.csv:4
             people.csv:5
             people.csv:6
             and 1 more
  results    people.results.csv
  not sent   people.not-sent.csv (each message with the reason and what to do)
  warning    the last run ended without a summary: 1 message in flight, left as unknown (--on-unknown hold)
exit 3
"#);
    desk.run(&format!("send people.csv {QUICK}")).prints(
        r#"
sent 1 message in TIME
  rows       7 read = 7 used + 0 duplicate + 0 rejected + 0 skipped
  messages   7 = 1 sent + 0 sent before + 6 held
  held       6 edited: the card was, or may have been, sent under another name (--send-changed sends it)
  held       6 messages: the same card was sent under another name (--send-changed sends it: the recipient gets it a second time, under the new name)
             people.csv:2
             people.csv:3
             people.csv:4
             people.csv:5
             people.csv:6
             and 1 more
  results    people.results.csv
  not sent   people.not-sent.csv (each message with the reason and what to do)
exit 0
"#,
    );
}

#[test]
fn a_rehearsal_and_the_same_again() {
    let desk = Desk::new();
    desk.put("people.csv", list(&[ANN, BOB, "0712345678,Cid,254722000333"]));
    desk.run("send people.csv --rehearse").prints(r#"
people.csv (UTF-8, commas)
  columns    `to` `name` `phone` by their names
  from       254110090747, the sandbox number (no --from was given): each recipient must first send it the account's join code
  gateway    a mock gateway inside this program; nothing leaves this machine
  rows       3 read = 2 used + 0 duplicate + 1 rejected + 0 skipped
  countries  2 KE
  messages   2 = 2 to send + 0 sent before
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  pace       2 messages at 10/s, about 0.2 s
  note       2 cards without a WhatsApp id show "Invite to WhatsApp" (--wa-id-from-phone)
  rejected   1 to_no_country_code: people.csv:4
sent 2 messages in TIME
  rows       3 read = 2 used + 0 duplicate + 1 rejected + 0 skipped
  messages   2 = 2 sent + 0 sent before
  results    people.rehearsal.results.csv
  rejects    people.rejects.csv (fix the rows there and send that file with the same options)
exit 3
"#);
    desk.run("send people.csv --rehearse").prints(r#"
people.csv (UTF-8, commas)
  columns    `to` `name` `phone` by their names
  from       254110090747, the sandbox number (no --from was given): each recipient must first send it the account's join code
  gateway    a mock gateway inside this program; nothing leaves this machine
  rows       3 read = 2 used + 0 duplicate + 1 rejected + 0 skipped
  countries  2 KE
  messages   2 = 0 to send + 2 sent before
  rejected   1 to_no_country_code: people.csv:4
nothing to send: 2 messages sent before
  rows       3 read = 2 used + 0 duplicate + 1 rejected + 0 skipped
  messages   2 = 0 sent + 2 sent before
  results    people.rehearsal.results.csv
  rejects    people.rejects.csv (fix the rows there and send that file with the same options)
exit 3
"#);
}

#[test]
fn a_limit_and_a_canary() {
    let desk = Desk::new();
    let rows = (1..=1_200).map(|n| format!("25471{n:07},Person {n},254722000111"));
    desk.put("people.csv", list(&rows.collect::<Vec<_>>()));
    let line = format!("send people.csv --from {FROM} --yes --rate unlimited --canary 2");
    desk.run(&format!("{line} --limit 0")).prints(r#"
people.csv (UTF-8, commas)
  columns    `to` `name` `phone` by their names
  from       254110090747, the sandbox number: each recipient must first send it the account's join code
  gateway    GATEWAY
  rows       1,200 read = 1,200 used + 0 duplicate + 0 rejected + 0 skipped
  countries  1,200 KE
  messages   1,200 = 1,200 to send + 0 sent before
  note       1,200 cards without a WhatsApp id show "Invite to WhatsApp" (--wa-id-from-phone)
nothing was sent
  rows       1,200 read = 1,200 used + 0 duplicate + 0 rejected + 0 skipped
  messages   1,200 = 0 sent + 0 sent before + 1,200 left
  results    people.results.csv
  continue   the same command
exit 8
"#);
    desk.run(&format!("{line} --limit 3")).prints(r#"
people.csv (UTF-8, commas)
  columns    `to` `name` `phone` by their names
  from       254110090747, the sandbox number: each recipient must first send it the account's join code
  gateway    GATEWAY
  rows       1,200 read = 1,200 used + 0 duplicate + 0 rejected + 0 skipped
  countries  1,200 KE
  messages   1,200 = 1,200 to send + 0 sent before
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  pace       3 messages at no limit (--limit), the first 2 alone (--canary)
  note       1,200 cards without a WhatsApp id show "Invite to WhatsApp" (--wa-id-from-phone)
sent 3 messages in TIME
  stopped    --limit was reached
  rows       1,200 read = 1,200 used + 0 duplicate + 0 rejected + 0 skipped
  messages   1,200 = 3 sent + 0 sent before + 1,197 left
  results    people.results.csv
  continue   the same command
exit 8
"#);
}

#[test]
fn refused_failed_and_unknown_messages() {
    let mut desk = Desk::with_gateway("--script 1-2:400:code=131047,3:401");
    desk.put("people.csv", people((1..=4).map(|n| format!("Person {n}"))));
    let line = format!("send people.csv {QUICK} --concurrency 1 --retries 0");
    desk.run(&line).prints(r#"
sent 0 messages in TIME
  stopped    the gateway refused the key (check it on the account's settings page)
  rows       4 read = 4 used + 0 duplicate + 0 rejected + 0 skipped
  messages   4 = 0 sent + 0 sent before + 2 refused + 1 failed + 1 left
  errors     2 131047: the recipient's 24-hour window is closed (they must write to the sender first)
             1 http_401: the key is wrong or lacks a permission
  refused    not tried again, except with --retry-refused, or --retry-refused=CODE for one code
  results    people.results.csv
  not sent   people.not-sent.csv (each message with the reason and what to do)
  continue   the same command, once that is fixed
exit 7
"#);
    desk.replace_gateway("--script 1-2:500");
    desk.run(&line).prints(
        r#"
sent 0 messages in TIME
  rows       4 read = 4 used + 0 duplicate + 0 rejected + 0 skipped
  messages   4 = 0 sent + 0 sent before + 2 refused (2 before) + 2 unknown
  errors     2 http_500: the gateway failed; it may have been sent
  refused    not tried again, except with --retry-refused, or --retry-refused=CODE for one code
  results    people.results.csv
  not sent   people.not-sent.csv (each message with the reason and what to do)
  continue   the same command
exit 3
"#,
    );
    desk.run(&format!("check people.csv --from {FROM} --limit 1")).prints(r#"
people.csv (UTF-8, commas)
  columns    `to` `name` `phone` by their names
  from       254110090747, the sandbox number: each recipient must first send it the account's join code
  gateway    GATEWAY
  rows       4 read = 4 used + 0 duplicate + 0 rejected + 0 skipped
  countries  4 KE
  messages   4 = 2 to send + 0 sent before + 2 refused before (--retry-refused tries them again)
  in doubt   2 may have been accepted before: tried again with the same messageId (--on-unknown hold leaves them)
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  pace       1 message at 10/s (--limit), about 0.1 s
  note       2 cards without a WhatsApp id show "Invite to WhatsApp" (--wa-id-from-phone)
  example    to 254712345002: the card "Person 3" with 254722000111
checked: 2 messages to send, no row is rejected
exit 0
"#);
    desk.run(&format!("{line} --retry-refused=131047 --limit 1")).prints(
        r#"
sent 1 message in TIME
  stopped    --limit was reached
  rows       4 read = 4 used + 0 duplicate + 0 rejected + 0 skipped
  messages   4 = 1 sent + 0 sent before + 3 left
  results    people.results.csv
  continue   the same command
exit 8
"#,
    );
}

#[test]
fn results_of_another_sender_and_with_cut_numbers() {
    let desk = Desk::new();
    desk.put("people.csv", list(&[ANN]));
    desk.send("people.csv").exits(0);
    let results = without_last_columns(&desk.read("people.results.csv"), 3);
    let results = results.replace("254712345678", "2.54712E+11");
    desk.put("people.results.csv", results).put("people.csv", list(&[ANN, BOB]));
    desk.run("check people.csv --from 254722999999").prints(r#"
people.csv (UTF-8, commas)
  columns    `to` `name` `phone` by their names
  from       254722999999
  gateway    GATEWAY
  rows       2 read = 2 used + 0 duplicate + 0 rejected + 0 skipped
  countries  2 KE
  messages   2 = 2 to send + 0 sent before
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  pace       2 messages at 10/s, about 0.2 s
  note       2 cards without a WhatsApp id show "Invite to WhatsApp" (--wa-id-from-phone)
  warning    the messages in the results were sent from 254110090747: from 254722999999 they are new and are sent again
  warning    a spreadsheet has cut the numbers of 1 sent or unknown message in the results: a card that was sent under another name is not noticed
  example    to 254712345678: the card "Ann" with 254722000111
checked: 2 messages to send, no row is rejected
exit 0
"#);
}

#[test]
fn a_report_of_results_files() {
    let desk = Desk::new();
    let header = "message_id,status,gateway,error_code,error,sent_at,run";
    let lines = "a,failed,h,lost,the answer was lost: Jane,2026-01-01T00:00:00Z,1\n\
                 b,refused,h,131047,the window is closed (whatsapp code 131047): Bob,2026-01-01T00:00:01Z,1\n\
                 c,Refused,h,131047,the window is closed,2026-01-01T00:00:02Z,1\n\
                 a,sent,g,,,2026-01-02T00:00:00Z,2\n\
                 a,failed,g,http_500,no,2026-01-02T00:00:01Z,2\n\
                 d,unknown,g,http_503,the gateway failed (http 503): busy,,2\n";
    desk.put("one.results.csv", format!("{header}\n{lines}"));
    desk.put("two.results.csv", format!("{header}\n{}", &lines[..lines.find('\n').unwrap()]));
    desk.run("report one.results.csv two.results.csv").prints(
        r#"
one.results.csv
  messages   4 = 1 sent + 2 refused + 0 failed + 1 unknown
  errors     2 131047: the window is closed
             1 http_503: the gateway failed
  gateway    g (3 lines), h (3 lines)
  time       2026-01-01T00:00:00Z to 2026-01-02T00:00:01Z, 2 runs
two.results.csv
  messages   1 = 0 sent + 0 refused + 1 failed + 0 unknown
  errors     1 lost: the answer was lost
  gateway    h
  time       2026-01-01T00:00:00Z to 2026-01-01T00:00:00Z, 1 run
exit 0
"#,
    );
}
