use super::desk::{Desk, FROM};

#[test]
fn every_good_row_goes_out_once_and_a_second_run_sends_nothing() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone\n254712345678,Ann,254722000111\n+254 733 456 789,Bob,254722000222\n",
    );
    desk.send("people.csv").exits(0).sent(2);
    assert_eq!(desk.accepted().len(), 2);
    desk.send("people.csv").exits(0).says("nothing to send: 2 messages sent before");
    assert_eq!(desk.tally().requests, 2);
}

#[test]
fn a_line_of_the_results_has_every_column() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone,phone_2\n254712345678,\"=Ann, B.\",+254 722 000 111,254733000222\n",
    );
    desk.send("people.csv --campaign Easter").exits(0);
    let line = desk.lines("people.results.csv").remove(0);
    for (column, value) in [
        ("campaign", "Easter"),
        ("from", FROM),
        ("to", "254712345678"),
        ("name", "'=Ann, B."),
        ("phone", "254722000111 254733000222"),
        ("status", "sent"),
        ("gateway_status", "SENT"),
        ("http_status", "200"),
        ("attempts", "1"),
        ("source", "people.csv"),
        ("line", "2"),
        ("error_code", ""),
    ] {
        assert_eq!(line[column], value, "{column}");
    }
    assert!(line["wamid"].starts_with("wamid."));
    assert!(desk.gateway_url().contains(&line["gateway"]));
    let header = "message_id,campaign,from,to,name,phone,status,wamid,gateway_status,\
                  gateway_message_id,http_status,error_code,error,attempts,sent_at,latency_ms,\
                  source,line,gateway,run,card_id,to_source,to_line\n";
    assert!(desk.read("people.results.csv").starts_with(&format!("\u{feff}{header}")));
}

#[test]
fn result_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.put("people.csv", "to,name,phone\n254712345678,Ann,254722000111\nx,Bob,254722000222\n");
    desk.send("people.csv").exits(3);
    for name in ["people.results.csv", "people.rejects.csv", "people.results.csv.lock"] {
        let mode = desk.path(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn another_campaign_is_another_message() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    desk.send("people.csv").exits(0);
    desk.send("people.csv --campaign easter").exits(0).sent(3);
    desk.send("people.csv --campaign easter").exits(0).says("nothing to send");
    assert_eq!(desk.accepted().len(), 6);
}

#[test]
fn the_same_message_in_another_order_and_spelling_is_the_same() {
    let desk = Desk::new();
    desk.put(
        "a.csv",
        "to,name,phone\n254712345678,Ann,254722000111\n254733456789,Bob,254722000222\n",
    );
    desk.send("a.csv --results r.results.csv").exits(0);
    desk.put(
        "b.csv",
        "Telephone;Full Name;Send to\r\n+254 (0)722 000222;Bob ;00254733456789\r\n\
         +254-722-000-111;\"Ann\";+254 712 345 678\r\n",
    );
    desk.send("b.csv --results r.results.csv").exits(0).says("nothing to send: 2 messages");
}

#[test]
fn a_row_may_have_its_own_id() {
    let desk = Desk::new();
    let text = "message_id,to,name,phone\norder-1,254712345678,Ann,254722000111\n\
                order-1,254733456789,Ann,254722000111\n-bad,254712345678,Cid,254722000111\n";
    desk.put("people.csv", text);
    desk.send("people.csv").exits(3);
    assert_eq!(desk.accepted(), ["order-1"]);
    let rejects = desk.lines("people.rejects.csv");
    let codes: Vec<_> = rejects.iter().map(|line| &*line["reject_code"]).collect();
    assert_eq!(codes, ["message_id_conflict", "message_id_bad"]);

    desk.put("people.csv", "message_id,to,name,phone\norder-1,254733456789,Ann,254722000111\n");
    desk.send("people.csv").exits(3);
    assert_eq!(desk.lines("people.rejects.csv")[0]["reject_code"], "message_id_conflict");
    assert_eq!(desk.accepted(), ["order-1"]);
}

#[test]
fn another_results_file_of_the_folder_counts() {
    let desk = Desk::new();
    desk.put_people("all.csv", 5).put_people("part.csv", 2);
    desk.send("part.csv").exits(0);
    let ended = desk.run(&format!("send all.csv {}", super::desk::QUICK.replace("--quiet ", "")));
    ended.complains(0, "part.results.csv: 2 sent").sent(3);
    assert_eq!(desk.accepted().len(), 5);
}

#[test]
fn a_ledger_in_another_folder_counts_when_it_is_named() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("old")).unwrap();
    desk.put_people("old/part.csv", 2).put_people("all.csv", 3);
    desk.send("old/part.csv").exits(0);
    desk.send("all.csv --ledger old/part.results.csv").exits(0).sent(1);
}

#[test]
fn the_summary_adds_up() {
    let desk = Desk::with_gateway("--script 2:400:code=131026");
    desk.put(
        "people.csv",
        "to,name,phone\n254712345678,Ann,254722000111\n254712345679,Bob,254722000222\n\
         254712345678,Ann,254722000111\nnobody,Cid,254722000333\n",
    );
    let ended = desk.send("people.csv --summary-json - --concurrency 1").exits(3);
    let summary = ended.summary();
    assert_eq!(summary["rows"]["read"], 4);
    assert_eq!(summary["rows"]["duplicate"], 1);
    assert_eq!(summary["rows"]["rejected"], 1);
    assert_eq!(summary["messages"]["sent"], 1);
    assert_eq!(summary["messages"]["refused"], 1);
    assert_eq!(summary["error_codes"]["131026"], 1);
    assert_eq!(summary["reject_codes"]["to_letters"], 1);
}

#[test]
fn names_and_numbers_stay_out_of_what_a_cron_job_prints() {
    let desk = Desk::with_gateway("--script 1:400:code=131026");
    desk.put(
        "people.csv",
        "to,name,phone\n254712345678,Annabel,254722000111\n0712x,Bobby,254722000222\n",
    );
    let ended = desk.run("send people.csv --from 254110090747 --yes --stats 1s").code_is(3);
    for private in ["Annabel", "Bobby", "254712345678", "0712x", "254722000111", "secret-key"] {
        assert!(!ended.stdout.contains(private), "{private} in {}", ended.stdout);
        assert!(!ended.stderr.contains(private), "{private} in {}", ended.stderr);
    }
}

#[test]
fn a_ledger_that_is_named_counts_for_any_gateway_name() {
    let desk = Desk::new();
    desk.put_people("people.csv", 2);
    let elsewhere = Desk::new();
    elsewhere.put_people("old.csv", 2);
    elsewhere.send("old.csv").exits(0);
    let ledger = elsewhere.path("old.results.csv");
    desk.send(&format!("people.csv --ledger {}", ledger.display()))
        .exits(0)
        .says("2 messages sent before");
    assert_eq!(desk.tally().requests, 0);
}

#[test]
fn a_lost_answer_that_is_found_again_is_no_error() {
    let desk = Desk::with_gateway("--script 1:lost --duplicates 409");
    desk.put_people("people.csv", 1);
    let summary = desk.send("people.csv --summary-json -").exits(0).summary();
    assert_eq!(summary["error_codes"], serde_json::json!({}));
    let line = desk.lines("people.results.csv").remove(0);
    assert_eq!((&*line["status"], &*line["error_code"], &*line["error"]), ("sent", "", ""));
    assert_eq!(line["gateway_status"], "duplicate");
}

#[test]
fn after_a_stop_the_rest_of_the_list_is_not_read() {
    let desk = Desk::with_gateway("--key right");
    let mut text = String::from("to,name,phone\n");
    for n in 0..5 {
        text.push_str(&format!("2547120{n:05},Person {n},254722000111\n"));
    }
    text.push_str(&"254712000000,Person 0,254722000111\n".repeat(100_000));
    desk.put("people.csv", text);
    let ended = desk.run("send people.csv --from 254110090747 --yes --stats 1ms --rate unlimited");
    ended.code_is(7);
    assert_eq!(desk.tally().accepted, 0);
}

#[test]
fn the_answer_to_a_refused_message_is_recorded() {
    let desk = Desk::with_gateway("--fault failed=100%");
    desk.put_people("people.csv", 1);
    desk.send("people.csv").exits(3).says("1 refused");
    let line = desk.lines("people.results.csv").remove(0);
    assert_eq!((&*line["status"], &*line["gateway_status"]), ("refused", "FAILED"));
    assert_eq!((&*line["error_code"], &*line["http_status"]), ("131026", "200"));
}
