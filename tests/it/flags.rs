use super::desk::{Desk, Ended, QUICK};

#[test]
fn a_flag_comes_before_the_environment_and_that_before_the_file() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.put("lipasend.toml", "campaign = \"from the file\"\nfrom = 254110090747\n");
    let campaign = |flag: &str, variable: Option<&str>| {
        let line = format!("send people.csv --yes --config lipasend.toml {flag}");
        let mut command = desk.command(&line);
        if let Some(value) = variable {
            command.env("LIPASEND_CAMPAIGN", value);
        }
        Ended::of(&line, command.output().unwrap()).exits(0);
        desk.lines("people.results.csv").last().unwrap()["campaign"].clone()
    };
    assert_eq!(campaign("", None), "from the file");
    assert_eq!(campaign("", Some("variable")), "variable");
    assert_eq!(campaign("--campaign flag", Some("variable")), "flag");
}

#[test]
fn a_missing_option_is_an_error_with_the_way_out() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.run("send people.csv --yes").complains(2, "--from NUMBER");
    desk.run(&format!("send people.csv {}", QUICK.replace("--yes ", ""))).complains(2, "--yes");
    let mut keyless = desk.command(&format!("send people.csv {QUICK}"));
    let ended = keyless.env_remove("LIPACHAT_API_KEY").output().unwrap();
    Ended::of("send without a key", ended).complains(2, "LIPACHAT_API_KEY");
    desk.put_people("more.csv", 1);
    desk.run(&format!("send people.csv more.csv {QUICK}")).complains(2, "--results FILE");
    desk.run("send people.csv --rate fast").complains(2, "10/s");
    desk.run("send people.csv --yes --from 12").complains(2, "--from");
    desk.run(&format!("send people.csv {QUICK} --map fone=x")).complains(2, "phone");
    assert_eq!(desk.tally().requests, 0);
}

#[test]
fn the_key_never_travels_in_the_clear() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.run(&format!("send people.csv {QUICK} --gateway http://gateway.example.com"))
        .complains(2, "clear");
}

#[test]
fn the_key_comes_from_a_file_or_a_command() {
    let desk = Desk::with_gateway("--key from-elsewhere");
    desk.put_people("people.csv", 1).put("key", "from-elsewhere\n");
    desk.send("people.csv --api-key-file key").code_is(0).sent(1);
    let desk = Desk::with_gateway("--key from-elsewhere");
    desk.put_people("people.csv", 1);
    let mut command = desk.command(&format!("send people.csv {QUICK}"));
    command.args(["--api-key-command", "printf from-elsewhere"]).env("PATH", "/usr/bin:/bin");
    Ended::of("--api-key-command", command.output().unwrap()).exits(0).sent(1);
}

#[test]
fn a_rehearsal_ignores_the_configured_gateway() {
    let desk = Desk::new();
    desk.put_people("people.csv", 5);
    let mut command = desk.command("send people.csv --rehearse --rate unlimited");
    command.env_remove("LIPACHAT_API_KEY").env_remove("LIPACHAT_GATEWAY_URL");
    Ended::of("rehearse", command.output().unwrap()).exits(0).sent(5);
    assert_eq!(desk.tally().requests, 0);
    assert!(desk.has("people.rehearsal.results.csv"));
    desk.send("people.csv").exits(0).sent(5);
}

#[test]
fn a_report_of_another_file_is_an_error() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    desk.run("report people.csv").complains(4, "people.csv is not a results file");
}

#[test]
fn help_names_every_command() {
    let desk = Desk::new();
    let ended = desk.run("--help").exits(0);
    for command in ["send", "check", "report", "listen", "mock-gateway"] {
        assert!(ended.stdout.contains(&format!("\n  {command}")), "{command}");
    }
    desk.run("").code_is(2);
}

#[test]
fn no_output_file_replaces_another_file() {
    let desk = Desk::new();
    desk.put_people("people.csv", 2);
    desk.send("people.csv").exits(0);
    let list = desk.read("people.csv");
    let results = desk.read("people.results.csv");
    for line in [
        "people.csv --summary-json people.csv",
        "people.csv --summary-json ./people.results.csv",
        "people.csv --summary-json people.results.csv.lock",
        "people.csv --rejects ./people.csv",
        "people.csv --rejects people.results.csv",
        "people.csv --results people.csv",
    ] {
        desk.send(line).complains(2, "would be overwritten");
        assert_eq!(desk.read("people.csv"), list, "{line}");
        assert_eq!(desk.read("people.results.csv"), results, "{line}");
    }
}

#[test]
fn a_failed_run_leaves_no_old_summary() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.send("people.csv --summary-json s.json").exits(0);
    desk.put("people.results.csv", "not ours\n1\n");
    desk.send("people.csv --summary-json s.json").complains(4, "people.results.csv");
    let summary: serde_json::Value = serde_json::from_str(&desk.read("s.json")).unwrap();
    assert_eq!(summary["exit"], 4);
    assert!(summary["stopped"].as_str().unwrap().contains("people.results.csv"));
    desk.run("send people.csv --yes --summary-json s.json --from 123").complains(2, "--from");
    let summary: serde_json::Value = serde_json::from_str(&desk.read("s.json")).unwrap();
    assert_eq!(summary["exit"], 2);
    for (line, variable) in [("--bogus", "10/s"), ("", "bogus"), ("--config nope.toml", "10/s")] {
        desk.put("people.results.csv", "");
        desk.send("people.csv --accept-results --summary-json s.json").exits(0);
        let line = format!("send people.csv --yes {line} --summary-json s.json");
        desk.run_with(&line, &[("LIPASEND_RATE", variable)]).code_is(2);
        let summary: serde_json::Value = serde_json::from_str(&desk.read("s.json")).unwrap();
        assert_eq!(summary["exit"], 2, "{line}");
    }
}

#[test]
fn a_sender_may_be_a_national_number_when_a_region_is_given() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.run("check people.csv --from 0110090747").complains(2, "or give --region");
    desk.run("check people.csv --from 0110090747 --region KE").complains(0, "254110090747");
    desk.run("check people.csv --from 254110090747 --region US").complains(0, "254110090747");
}

#[test]
fn one_variable_may_have_several_values() {
    let desk = Desk::new();
    desk.put("people.csv", "An,Wer,Mobil\n254712345678,Ann,254722000111\n");
    for map in ["to=An,name=Wer,phone=Mobil", "to=An\nname=Wer\nphone=Mobil"] {
        desk.run_with("check people.csv", &[("LIPASEND_MAP", map)]).exits(0).will_send(1);
    }
    desk.put("an, wer.csv", "An,\"Wer, genau\",Mobil\n254712345678,Ann,254722000111\n");
    let mut command = desk.command("check --map to=An --map phone=Mobil");
    command.arg("an, wer.csv").arg("--map").arg("name=Wer, genau");
    Ended::of("commas in flags", command.output().unwrap()).exits(0);
    let mut command = desk.command("check --from 254110090747");
    command.arg("an, wer.csv").env("LIPASEND_MAP", "to=An\nname=Wer, genau\nphone=Mobil\n");
    Ended::of("commas in a variable", command.output().unwrap()).exits(0);
    desk.run_with(
        "check people.csv --map phone=Mobil --map name=Wer",
        &[("LIPASEND_TO", "254712345678\n")],
    )
    .exits(0)
    .will_send(1);
    // Two variables that exclude each other.
    desk.run_with(
        "check people.csv --map phone=Mobil --map name=Wer",
        &[("LIPASEND_TO", "254712345678"), ("LIPASEND_CARD", "people.csv")],
    )
    .code_is(2);
    desk.run("check people.csv --map to=An --map name=Wer --map phone=Mobil --rows -1")
        .exits(0)
        .will_send(1);
}

#[test]
fn switches_in_the_environment_take_yes_on_and_1() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    for (value, code) in [("0", 2), ("no", 2), ("false", 2), ("1", 0), ("yes", 0), ("true", 0)] {
        desk.run_with("send people.csv --from 254110090747", &[("LIPASEND_YES", value)])
            .code_is(code);
    }
}

#[test]
fn a_flag_overrides_a_conflicting_key_of_the_file() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.put("c.toml", "quiet = true\napi-key-command = \"false\"\n").put("key", "k");
    desk.run("check people.csv --config c.toml --verbose").code_is(0);
    desk.run(&format!("send people.csv {QUICK} --config c.toml --api-key-file key")).exits(0);
}

#[test]
fn a_rehearsal_needs_no_address() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.run_with(
        "send people.csv --rehearse",
        &[("LIPACHAT_GATEWAY_URL", "http://gateway.example.com")],
    )
    .exits(0);
}

#[test]
fn a_summary_never_replaces_results_or_rejects() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    for file in ["people.results.csv", "people.rejects.csv"] {
        desk.send(&format!("people.csv --summary-json {file}")).complains(2, "--summary-json");
        assert!(!desk.has("people.rejects.csv"));
    }
    desk.send("people.csv").exits(0);
}

#[test]
fn a_summary_that_cannot_be_written_is_an_error_before_anything_is_sent() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.send("people.csv --summary-json no/where.json").complains(2, "there is no folder no");
    desk.send("people.csv --summary-json .").complains(2, "it is a folder");
    assert_eq!(desk.tally().requests, 0);
}

#[test]
fn results_that_cannot_be_read_end_with_exit_code_4() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.run("check people.csv --ledger nope.results.csv").complains(4, "nope.results.csv");
    desk.send("people.csv --results .").complains(4, "cannot open .: it is a folder");
    desk.run("report nope.csv").complains(4, "cannot open nope.csv");
    desk.send("people.csv --results nowhere/x.results.csv")
        .complains(2, "there is no folder nowhere");
}

#[test]
fn a_flag_overrides_a_conflicting_variable() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    for (variable, flag) in [("LIPASEND_QUIET", "--verbose"), ("LIPASEND_VERBOSE", "--quiet")] {
        let mut command = desk.command(&format!("check people.csv {flag}"));
        command.env(variable, "1");
        let ended = Ended::of(flag, command.output().unwrap()).code_is(0);
        assert_eq!(ended.stderr.is_empty(), flag == "--quiet", "{}", ended.stderr);
    }
}

#[test]
fn a_variable_that_is_neither_yes_nor_no_is_an_error() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.run_with("send people.csv --from 254110090747", &[("LIPASEND_YES", "nein")])
        .complains(2, "LIPASEND_YES");
    assert_eq!(desk.tally().requests, 0);
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.run_with(
        "check people.csv",
        &[("LIPASEND_REGION", ""), ("LIPASEND_VERBOSE", ""), ("LIPASEND_RATE", "")],
    )
    .exits(0);
}

#[test]
fn every_command_takes_its_options_from_the_environment() {
    let desk = Desk::new();
    desk.run_with("mock-gateway", &[("LIPASEND_LISTEN", "192.0.2.1:80")])
        .complains(2, "LIPASEND_LISTEN");
}

#[test]
fn a_variable_may_ask_for_all_refused_messages_and_for_several_recipients() {
    let desk = Desk::with_gateway("--script 1:400:code=131026");
    desk.put("people.csv", "name,phone\nJane,254722000001\n");
    let send = || {
        let mut command = desk.command(&format!("send people.csv {QUICK}"));
        command.env("LIPASEND_TO", "254712000001,254712000002").env("LIPASEND_CONCURRENCY", "1");
        command
    };
    Ended::of("first", send().output().unwrap()).exits(3).says("1 refused");
    let mut again = send();
    again.env("LIPASEND_RETRY_REFUSED", "yes");
    Ended::of("again", again.output().unwrap()).exits(0).sent(1);
}

#[test]
fn a_timeout_of_zero_is_an_error() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.send("people.csv --timeout 0s").complains(2, "no time at all");
}

#[test]
fn the_help_says_which_reports_there_are_and_when_they_are_written() {
    let desk = Desk::new();
    for command in ["send", "check"] {
        let help = desk.run(&format!("{command} --help")).code_is(0).stdout;
        let (_, report) = help.split_once("--report <FILE>").unwrap();
        let (report, _) = report.split_once("\n      --").unwrap();
        let words: Vec<&str> = report.split_whitespace().collect();
        let report = words.join(" ");
        for part in
            ["FILE.csv", "FILE.json", "`send` writes it before it asks", "when the run ends"]
        {
            assert!(report.contains(part), "no `{part}` in the help of {command}: {report}");
        }
    }
}
