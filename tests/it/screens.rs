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
        // It is there if the program looks at its clock before the last answer is handled.
        let lasts = |line: &&str| !line.starts_with("lipasend: stopping");
        let lines = self.stderr.lines().filter(lasts).chain(self.stdout.lines()).map(|line| {
            let untimed = match line.split_once(" in ") {
                Some((sent, rest)) if sent.ends_with(" sent") => {
                    let more =
                        rest.split_once(';').map_or(String::new(), |(_, more)| format!(";{more}"));
                    format!("{sent} in TIME{more}")
                }
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
people.csv   2 people: 2 can be sent

  read as    UTF-8, semicolons
  to         "to"
  card       "mobile" "type" --map name==Shop
  not used   "Full Name" (another one is used instead) "City"
  from       254799000111
  campaign   Easter
  gateway    GATEWAY
  countries  Kenya 2
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      0.2 s at 10/s
  example    "Shop" 254722000111 (Work) to 254712345678

  note       each card shows "Invite to WhatsApp" (--wa-id-from-phone)

next: lipasend send … --test-to YOUR-NUMBER   the first card, to yourself
      lipasend send …                         it asks before it sends
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
people.csv   3 people: 2 can be sent, 1 needs fixing

  to         "to"
  card       "name" "phone"
  from       254110090747, sandbox (no --from): people must
             send it a join code
  gateway    GATEWAY
  countries  Kenya 2
  24 hours   nothing says when these people last wrote;
             outside 24 hours WhatsApp refuses the card,
             131047
  takes      0.2 s at 10/s
  example    "Ann" 254722000111 to 254712345678

  fix        1  no country code  row 4  add a Country column
             or --region
             row 4, to_no_country_code: column `to`:
               "0712345678" has no country code; write it
               with one, like +254712345678, or give
               --region
  note       each card shows "Invite to WhatsApp"
             (--wa-id-from-phone)

next: lipasend check people.csv --report check.csv
      lipasend send people.csv --from YOUR-SENDER --test-to YOUR-NUMBER
      lipasend send people.csv --from YOUR-SENDER
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
people.csv   23 rows for 17 people: 8 can be sent, 8 need fixing, 7 duplicates

  read as    UTF-8, 1 row read as Windows-1252, commas
  to         "to"
  card       "name" "phone" "phone_2"
  not used   "city" "note" 2 columns without a header
  from       254110090747, sandbox (no --from): people must send it a join code
  gateway    GATEWAY
  countries  Kenya 2
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      36 s, limited by 1/6s to each recipient (7 to one of them)
  example    "Ann" 254722000111 to 254712345678

  fix        2  no number               rows 17 23
             2  letters in the number   rows 18 19  e.g. nobody
             1  no country code         row 16  add a Country column or --region
             1  no name for the card    row 20
             1  no number for the card  row 21
             and 1 more kind to fix, 1 row; 6 other findings (--verbose)

next: lipasend check people.csv --report check.csv
      lipasend send people.csv --from YOUR-SENDER --test-to YOUR-NUMBER
      lipasend send people.csv --from YOUR-SENDER
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
people.csv   4 people: 1 can be sent, 1 needs fixing, 1 duplicate, 1 skipped

  list       people.csv (UTF-8, commas)
  columns    `to` → to (own column)
             `name` → name (own column)
             `phone` → phone (own column)
  from       254110090747, sandbox (no --from): people must send it a join code
  gateway    GATEWAY
  countries  Kenya 1
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      0.1 s at 10/s
  example    "Ann" 254722000111 to 254712345678
  note       the card shows "Invite to WhatsApp" (--wa-id-from-phone)
  rows       5 read = 1 used + 1 duplicate + 1 rejected + 2 skipped
  rejected   1 to_letters: people.csv:4
  skipped    1 empty row, 1 outside --rows
  noted      1 trunk_zero: a trunk zero after the country code was dropped: people.csv:2

next: lipasend check people.csv --verbose --rows 1-4 --report check.csv
      lipasend send … --from YOUR-SENDER --test-to YOUR-NUMBER
      lipasend send people.csv --verbose --rows 1-4 --from YOUR-SENDER
exit 3
"#,
    );
    desk.run("check people.csv --quiet --rejects fix.csv").prints("\nexit 3\n");
    desk.run(&format!("send people.csv --quiet {QUICK}")).prints("\nexit 3\n");
    desk.run("check people.csv --rejects fix.csv").prints(
        r#"
people.csv   4 people: 2 are right, 1 needs fixing, 1 duplicate

  to         "to"
  card       "name" "phone"
  from       254110090747, sandbox (no --from): people must send it a join code
  gateway    GATEWAY
  countries  Kenya 2
  messages   2 = 0 to send + 2 sent before

  fix        1  letters in the number    row 4  e.g. x
             row 4, to_letters: column `to`: "x" has letters; write the number in digits only
  duplicate  1  the same message as an earlier row  row 3  like row 2
  skipped    1  empty row (not counted)  row 5
  note       1  a trunk zero after the country code was dropped  row 2
             row 2: column `phone`: "+254 (0)722000111" read as 254722000111
  fix        fix.csv   1 row: correct them, then send it in place of its list

next: lipasend check people.csv --rejects fix.csv --report check.csv
exit 3
"#,
    );
}

#[test]
fn a_list_with_only_a_header() {
    let desk = Desk::new();
    desk.put("people.csv", "to\tname\tphone\n");
    desk.run("check people.csv").prints(
        r#"
people.csv   no people: there is no row below the header

  read as    UTF-8, TABs
  to         "to"
  card       "name" "phone"
  from       254110090747, sandbox (no --from): people must send it a join code
  gateway    GATEWAY
exit 0
"#,
    );
    desk.run(&format!("send people.csv {QUICK}")).prints(
        r#"
people.csv   no people: there is no row below the header

  read as    UTF-8, TABs
  to         "to"
  card       "name" "phone"
  from       254110090747, the sandbox: people must send it a join code first
  gateway    GATEWAY
nothing to send

  messages   0 = 0 sent + 0 sent before
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
    elsewhere.run("send old.csv --rehearse").exits(0);
    desk.put("old.results.csv", elsewhere.read("old.rehearsal.results.csv"));
    let line = "send lists --results lists/all.results.csv --ledger old.results.csv";
    desk.run(&format!("{line} {}", QUICK.replace("--quiet ", ""))).prints(r#"
2 lists   3 people: 2 are right, 1 needs fixing

  to         "to"
  card       "name" "phone"
  from       254110090747, the sandbox: people must send it a join code first
  gateway    GATEWAY
  also read  lists/a.results.csv: 1 sent
             old.results.csv: 2 lines of another gateway, which do not count
  countries  Kenya 2
  messages   2 = 1 to send + 1 sent before
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      as fast as 16 connections allow

  fix        1  letters in the number  row lists/b.csv:3
  note       the card shows "Invite to WhatsApp" (--wa-id-from-phone)
1 sent in TIME; with those before 2 of 2

  messages   2 = 1 sent + 1 sent before
  fix        lists/b.rejects.csv   1 row: correct them, then send it in place of its list
  results    lists/all.results.csv
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
2 lists   3 cards: 3 can be sent

  read as    Google Contacts export, UTF-8, commas
  card       "First Name" "Last Name" "Phone 1 - Label" "Phone 1 - Value"
  not used   "Labels"
  to         254712345678 254733456789
  from       254110090747, sandbox (no --from): people must send it a join code
  gateway    GATEWAY
  countries  Kenya 2
  messages   6 = 6 to send
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      12 s, limited by 1/6s to each recipient (3 to one of them)
  example    "Amani Travel" 254722000111 (Cell) to 254712345678

  note       each card shows "Invite to WhatsApp" (--wa-id-from-phone)
             2  fax number left out  rows cards.vcf:1 cards.vcf:7

next: lipasend check … --report check.csv
      lipasend send … --from YOUR-SENDER --test-to YOUR-NUMBER
      lipasend send … --from YOUR-SENDER
exit 0
"#);
}

#[test]
fn a_card_to_a_list_of_recipients() {
    let desk = Desk::new();
    desk.put("card.vcf", CARD);
    desk.put("list.csv", "to|Town|\n254712345678|Thika|\n+254 733 456 789||\n254712345678||\n");
    desk.run("check list.csv --card card.vcf --sample 2 --rate 600/m").prints(r#"
list.csv   3 people: 2 can be sent, 1 skipped

  read as    UTF-8, `|` between the cells
  to         "to"
  not used   "Town" a column without a header
  card       "Amani Travel" 254722000111 (card.vcf)
  from       254110090747, sandbox (no --from): people must send it a join code
  gateway    GATEWAY
  countries  Kenya 2
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      0.2 s at 10/s

  skipped    1  outside --sample     row 2
  note       each card shows "Invite to WhatsApp" (--wa-id-from-phone)
             1  fax number left out  row card.vcf:1

next: lipasend check … --report check.csv
      lipasend send … --from YOUR-SENDER --test-to YOUR-NUMBER
      lipasend send … --from YOUR-SENDER
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
people.csv   7 people: 7 are right

  to         "to"
  card       "name" "phone"
  from       254110090747, the sandbox: people must send it a join code first
  gateway    GATEWAY
  countries  Kenya 7
  messages   7 = 1 to send + 6 held
  in doubt   1 may have been accepted before: tried again with the same messageId (--on-unknown hold leaves them)
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      0.1 s at 10/s
  example    "Bob" 254722000222 to 254733456789

  held       6  sent before under another name  rows 2 3 4 5 6 …
             --send-changed sends them: they get it a second time, under the new name
  note       the card shows "Invite to WhatsApp" (--wa-id-from-phone)
  warning    1 message in flight: the last run ended without a summary

next: lipasend send people.csv --from 254110090747 --test-to YOUR-NUMBER
      lipasend send people.csv --from 254110090747
exit 0
"#);
    desk.run(&format!("check people.csv --from {FROM} --on-unknown hold")).prints(
        r#"
people.csv   7 people: 7 are right

  to         "to"
  card       "name" "phone"
  from       254110090747, the sandbox: people must send it a join code first
  gateway    GATEWAY
  countries  Kenya 7
  messages   7 = 0 to send + 1 unknown, left alone + 6 held

  held       6  sent before under another name  rows 2 3 4 5 6 …
             --send-changed sends them: they get it a second time, under the new name
  warning    1 message in flight: the last run ended without a summary
exit 0
"#,
    );
    desk.run("report people.results.csv")
        .exits(0)
        .says("  sent       6 of 7 tried\n")
        .says("  left       not recorded here: the list may have more\n")
        .says("  in flight  1 message may have arrived (counted as unknown): a run ended\n");
    desk.run(&format!("send people.csv {QUICK} --on-unknown hold")).prints(r#"
lipasend: the last run ended without a summary: 1 message in flight, left as unknown (--on-unknown hold)
people.csv   7 people: 7 are right

  to         "to"
  card       "name" "phone"
  from       254110090747, the sandbox: people must send it a join code first
  gateway    GATEWAY
  countries  Kenya 7
  messages   7 = 0 to send + 1 unknown, left alone + 6 held

  held       6  sent before under another name  rows 2 3 4 5 6 …
             --send-changed sends them: they get it a second time, under the new name
nothing to send

  messages   7 = 0 sent + 0 sent before + 1 unknown + 6 held
  not sent   6  sent before under another name (held): --send-changed sends it; the earlier card stays with them
  unknown    1  may have been sent before, left alone
  list       people.not-sent.csv   unknown and held ones; send it with the same options and --on-unknown retry and --send-changed
  results    people.results.csv
  warning    the last run ended without a summary: 1 message in flight, left as unknown (--on-unknown hold)
exit 3
"#);
    desk.run(&format!("send people.csv {QUICK}")).prints(
        r#"
people.csv   7 people: 7 are right

  to         "to"
  card       "name" "phone"
  from       254110090747, the sandbox: people must send it a join code first
  gateway    GATEWAY
  countries  Kenya 7
  messages   7 = 1 to send + 6 held
  in doubt   1 may have been accepted before: tried again with the same messageId (--on-unknown hold leaves them)
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      as fast as 16 connections allow

  held       6  sent before under another name  rows 2 3 4 5 6 …
             --send-changed sends them: they get it a second time, under the new name
  note       the card shows "Invite to WhatsApp" (--wa-id-from-phone)
1 of 7 sent in TIME

  messages   7 = 1 sent + 0 sent before + 6 held
  not sent   6  sent before under another name (held): --send-changed sends it; the earlier card stays with them
  list       people.not-sent.csv   held ones; send it with the same options and --send-changed
  results    people.results.csv
exit 0
"#,
    );
}

#[test]
fn a_rehearsal_and_the_same_again() {
    let desk = Desk::new();
    desk.put("people.csv", list(&[ANN, BOB, "0712345678,Cid,254722000333"]));
    desk.run("send people.csv --rehearse").prints(r#"
people.csv   3 people: 2 can be sent, 1 needs fixing

  to         "to"
  card       "name" "phone"
  from       254110090747, sandbox (no --from): people must send it a join code
  gateway    a mock gateway inside this program; nothing leaves this machine
  countries  Kenya 2
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      0.2 s at 10/s

  fix        1  no country code  row 4  add a Country column or --region
  note       each card shows "Invite to WhatsApp" (--wa-id-from-phone)
2 of 2 sent in TIME

  messages   2 = 2 sent + 0 sent before
  fix        people.rejects.csv   1 row: correct them, then send it in place of its list
  results    people.rehearsal.results.csv
exit 3
"#);
    desk.run("send people.csv --rehearse").prints(
        r#"
people.csv   3 people: 2 are right, 1 needs fixing

  to         "to"
  card       "name" "phone"
  from       254110090747, sandbox (no --from): people must send it a join code
  gateway    a mock gateway inside this program; nothing leaves this machine
  countries  Kenya 2
  messages   2 = 0 to send + 2 sent before

  fix        1  no country code  row 4  add a Country column or --region
nothing to send: 2 messages sent before

  messages   2 = 0 sent + 2 sent before
  fix        people.rejects.csv   1 row: correct them, then send it in place of its list
  results    people.rehearsal.results.csv
exit 3
"#,
    );
}

#[test]
fn a_limit_and_a_canary() {
    let desk = Desk::new();
    let rows = (1..=1_200).map(|n| format!("25471{n:07},Person {n},254722000111"));
    desk.put("people.csv", list(&rows.collect::<Vec<_>>()));
    let line = format!("send people.csv --from {FROM} --yes --rate unlimited --canary 2");
    desk.run(&format!("{line} --limit 0")).prints(
        r#"
people.csv   1,200 people: 1,200 can be sent

  to         "to"
  card       "name" "phone"
  from       254110090747, the sandbox: people must send it a join code first
  gateway    GATEWAY
  countries  Kenya 1,200
nothing was sent

  messages   1,200 = 0 sent + 0 sent before + 1,200 left
  left       1,200  not reached: the next run sends them
  results    people.results.csv
  continue   the same command
exit 8
"#,
    );
    desk.run(&format!("{line} --limit 3")).prints(r#"
people.csv   1,200 people: 1,200 can be sent

  to         "to"
  card       "name" "phone"
  from       254110090747, the sandbox: people must send it a join code first
  gateway    GATEWAY
  countries  Kenya 1,200
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      as fast as 16 connections allow; 3 messages (--limit); the first 2 alone (--canary)

  note       each card shows "Invite to WhatsApp" (--wa-id-from-phone)
3 of 1,200 sent in TIME

  stopped    --limit was reached
  messages   1,200 = 3 sent + 0 sent before + 1,197 left
  left       1,197  not reached: the next run sends them
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
people.csv   4 people: 4 can be sent

  to         "to"
  card       "name" "phone"
  from       254110090747, the sandbox: people must send it a join code first
  gateway    GATEWAY
  countries  Kenya 4
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      as fast as 1 connection allows

  note       each card shows "Invite to WhatsApp" (--wa-id-from-phone)
0 of 4 sent in TIME

  stopped    the gateway refused the key (check it on the account's settings page)
  messages   4 = 0 sent + 0 sent before + 2 refused + 1 failed + 1 left
  not sent   2  session closed (131047): they must write first, then --retry-refused=131047
             1  key refused (http_401): correct the API key, then run again
  left       1  not reached: the next run sends them
  list       people.not-sent.csv   refused and failed ones; send it with the same options and --retry-refused
  results    people.results.csv
  continue   the same command, once that is fixed
exit 7
"#);
    desk.replace_gateway("--script 1-2:500");
    desk.run(&line).prints(
        r#"
people.csv   4 people: 4 are right

  to         "to"
  card       "name" "phone"
  from       254110090747, the sandbox: people must send it a join code first
  gateway    GATEWAY
  countries  Kenya 4
  messages   4 = 2 to send + 2 refused before (--retry-refused tries them again)
  refused    2 session closed (131047)
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      as fast as 1 connection allows

  note       each card shows "Invite to WhatsApp" (--wa-id-from-phone)
0 of 4 sent in TIME

  messages   4 = 0 sent + 0 sent before + 2 refused (2 before) + 2 unknown
  not sent   2  session closed (131047), refused before: they must write first, then --retry-refused=131047
  unknown    2  gateway failed (http_500): it may have arrived; run again: it keeps its id
  list       people.not-sent.csv   refused and unknown ones; send it with the same options and --retry-refused
  results    people.results.csv
  continue   the same command
exit 3
"#,
    );
    desk.run(&format!("check people.csv --from {FROM} --limit 1")).prints(r#"
people.csv   4 people: 4 are right

  to         "to"
  card       "name" "phone"
  from       254110090747, the sandbox: people must send it a join code first
  gateway    GATEWAY
  countries  Kenya 4
  messages   4 = 2 to send + 2 refused before (--retry-refused tries them again)
  refused    2 session closed (131047)
  in doubt   2 may have been accepted before: tried again with the same messageId (--on-unknown hold leaves them)
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      0.1 s at 10/s; 1 message (--limit)
  example    "Person 3" 254722000111 to 254712345002

  note       each card shows "Invite to WhatsApp" (--wa-id-from-phone)

next: lipasend send … --test-to YOUR-NUMBER
      lipasend send people.csv --from 254110090747 --limit 1
exit 0
"#);
    desk.run(&format!("{line} --retry-refused=131047 --limit 1")).prints(
        r#"
people.csv   4 people: 4 can be sent

  to         "to"
  card       "name" "phone"
  from       254110090747, the sandbox: people must send it a join code first
  gateway    GATEWAY
  countries  Kenya 4
  in doubt   2 may have been accepted before: tried again with the same messageId (--on-unknown hold leaves them)
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      as fast as 1 connection allows; 1 message (--limit)

  note       each card shows "Invite to WhatsApp" (--wa-id-from-phone)
1 of 4 sent in TIME

  stopped    --limit was reached
  messages   4 = 1 sent + 0 sent before + 1 refused (1 before) + 2 unknown
  not sent   1  not reached, refused before: --retry-refused sends them
  unknown    2  not reached, unknown before: the next run tries them again
  list       people.not-sent.csv   refused and unknown ones; send it with the same options
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
people.csv   2 people: 2 can be sent

  to         "to"
  card       "name" "phone"
  from       254722999999
  gateway    GATEWAY
  countries  Kenya 2
  24 hours   nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047
  takes      0.2 s at 10/s
  warning    the messages in the results were sent from 254110090747: from 254722999999 they are new and are sent again
  warning    a spreadsheet has cut the numbers of 1 sent or unknown message in the results: a card that was sent under another name is not noticed
  example    "Ann" 254722000111 to 254712345678

  note       each card shows "Invite to WhatsApp" (--wa-id-from-phone)

next: lipasend send people.csv --from 254722999999 --test-to YOUR-NUMBER
      lipasend send people.csv --from 254722999999
exit 0
"#);
}
