//! The API key is in no output, whoever writes it where: the user in place of a file's name, the
//! gateway in its answers.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::desk::{Desk, Ended, QUICK};

/// The key that `Desk` sets, in a wrong place.
const KEY: &str = "secret-key-of-the-test";

/// A key that only was typed.
const TYPED: &str = "sk-live-0123456789abcdef";

#[track_caller]
fn is_silent_about(key: &str, ended: &Ended) {
    let printed = format!("{}{}", ended.stdout, ended.stderr).to_lowercase();
    assert!(!printed.contains(&key.to_lowercase()), "the key is in {ended:#?}");
}

#[test]
fn a_key_that_was_typed_in_a_wrong_place_is_not_repeated() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.put("file.toml", format!("api-key-file = \"{TYPED}\"\n"));
    desk.put("value.toml", format!("concurrency = \"{TYPED}\"\n"));
    desk.put("to.toml", format!("to = \"{TYPED}\"\n"));
    desk.put("key.toml", format!("{TYPED} = true\n"));
    desk.put("only.toml", format!("{TYPED}\n"));
    for line in [
        "people.csv --api-key-file KEY",
        "people.csv --api-key-command KEY",
        "people.csv --config KEY",
        "people.csv --config=KEY",
        "people.csv --ca-file KEY",
        "people.csv --recipients KEY",
        "people.csv --card KEY",
        "people.csv --ledger KEY",
        "people.csv --api-key KEY",
        "people.csv --api-key=KEY",
        "people.csv --KEY",
        "people.csv --rate KEY",
        "people.csv --map KEY",
        "people.csv --to KEY",
        "people.csv --from KEY",
        "people.csv --retry-refused KEY",
        "people.csv --rows KEY --format KEY",
        "people.csv --gateway https://me:KEY@gateway.example.com",
        "people.csv --gateway https://gateway.example.com/v1?key=KEY",
        "people.csv --gateway https://gateway.example.com/KEY",
        "people.csv --gateway gateway.example.com:KEY",
        "KEY",
        "people.csv --config file.toml",
        "people.csv --config value.toml",
        "people.csv --config to.toml",
        "people.csv --config key.toml",
        "people.csv --config only.toml",
    ] {
        let line = format!("send {line} {QUICK} --summary-json -").replace("KEY", TYPED);
        let ended = desk.run(&line);
        assert!([2, 4].contains(&ended.code), "{ended:#?}");
        is_silent_about(TYPED, &ended);
        ended.summary();
    }
    is_silent_about(TYPED, &desk.run(TYPED).code_is(2));
}

#[test]
fn a_key_in_a_wrong_variable_is_not_repeated() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    for variable in [
        "LIPASEND_API_KEY_FILE",
        "LIPASEND_API_KEY_COMMAND",
        "LIPASEND_CONFIG",
        "LIPASEND_CA_FILE",
        "LIPASEND_RATE",
        "LIPASEND_YES",
        "LIPASEND_TO",
        "LIPASEND_GATEWAY",
        "LIPASEND_API_KEY",
        "LIPACHAT_PHONE_NUMBER",
        "LIPACHAT_GATEWAY_URL",
    ] {
        for key in [TYPED, KEY] {
            let line = "send people.csv --yes --summary-json -";
            let ended = desk.run_with(line, &[(variable, key)]);
            assert_eq!(ended.code, 2, "{variable}: {ended:#?}");
            is_silent_about(key, &ended);
        }
    }
}

#[test]
fn the_key_is_not_accepted_as_another_option_too() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    for option in ["--campaign", "--gateway"] {
        let ended = desk.send(&format!("people.csv {option} {KEY}")).complains(2, "the API key is");
        is_silent_about(KEY, &ended);
    }
    assert_eq!(desk.tally().requests, 0);
    assert!(!desk.has("people.results.csv"));
}

#[test]
fn what_an_api_key_command_prints_is_shown_without_the_key() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    for (command, code, says) in [
        (format!("echo {TYPED}; echo 'used {TYPED} of the vault' >&2"), 0, "used [not shown"),
        ("echo locked >&2; exit 3".to_owned(), 2, "locked"),
        ("no-such-vault read key".to_owned(), 2, "no-such-vault"),
    ] {
        let mut line = desk.command(&format!("send people.csv {QUICK}"));
        line.args(["--api-key-command", &command]).env("PATH", "/usr/bin:/bin");
        let ended = Ended::of(&command, line.output().unwrap()).complains(code, says);
        is_silent_about(TYPED, &ended);
    }
}

#[test]
fn a_key_file_that_others_can_read_is_warned_about() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1).put("key", KEY);
    let set = |mode| {
        fs::set_permissions(desk.path("key"), fs::Permissions::from_mode(mode)).unwrap();
    };
    let line = "send people.csv --yes --from 254110090747 --rate unlimited --api-key-file key";
    for (mode, warned) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
        set(mode);
        let ended = desk.run(&format!("{line} --summary-json -")).code_is(0);
        let warning = "key has the API key, and other users can read it (try chmod 600 key)";
        assert_eq!(ended.stderr.contains(warning), warned, "{mode:o}: {}", ended.stderr);
        assert_eq!(ended.stdout.contains(warning), warned, "{mode:o}: {}", ended.stdout);
    }
}

/// An answer that has the key in every text, line ends and characters that act on a terminal.
fn answer(status: &str) -> String {
    format!(
        r#"{{"message":"no {KEY}\u001b[31m\r\nhere","data":{{"status":"{status}","waId":"w {KEY}\u202e\n{long}","messageId":"%73ecret-key-of-the-test\t{long}"}}}}"#,
        long = "x".repeat(20_000)
    )
}

#[test]
fn no_answer_puts_the_key_or_a_line_end_into_the_results() {
    for (code, status) in [(200, "SENT"), (200, KEY), (400, "SENT"), (401, KEY), (500, KEY)] {
        let mut desk = Desk::new();
        desk.put_people("people.csv", 1);
        desk.put("script", format!("1-9:{code}:body={}\n", answer(status)));
        let script = desk.path("script");
        desk.replace_gateway(&format!("--script {}", script.display()));
        let ended = desk.send("people.csv --retries 0 --summary-json s.json");
        is_silent_about(KEY, &ended);
        let line = desk.lines("people.results.csv").remove(0);
        let all = desk.read("people.results.csv");
        assert!(!all.contains(KEY) && !all.contains("%73ecret"), "{code} {status}: {all}");
        assert!(line["wamid"].starts_with("w [key] x"), "{}", line["wamid"]);
        assert!(line["gateway_message_id"].starts_with("[key] x"), "{line:?}");
        for (column, cell) in &line {
            let fits = cell.chars().count() < 400 && !cell.contains(|c: char| c.is_control());
            assert!(fits, "{code} {status} {column}: {cell:?}");
            assert!(!cell.contains('\u{202e}'), "{code} {status} {column}");
        }
        assert!(!desk.read("s.json").contains(KEY));
    }
}

#[test]
fn a_mistyped_variable_is_a_warning_with_the_right_name() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    let run = |name: &str| desk.run_with("check people.csv", &[(name, "1/s")]);
    run("LIPASEND_RAET").complains(
        0,
        "LIPASEND_RAET is not the variable of an option: did you mean LIPASEND_RATE?",
    );
    run("LIPASEND_SERVICE_HOST").complains(0, "LIPASEND_SERVICE_HOST is not the variable");
    run("LIPASEND_ACCEPT_RESULTS").complains(0, "--accept-results is a flag only");
    run("LIPASEND_RATE").exits(0);
}

#[test]
fn a_mistyped_key_of_the_file_is_an_error_with_the_right_name() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    for (file, says) in [
        ("raet = 1", "`raet` is not an option: did you mean rate?"),
        ("retry_for = \"1m\"", "did you mean retry-for?"),
        ("[send]\nrate = 1", "[send] is a table"),
        ("accept-results = true", "`accept-results` is a flag only"),
        ("config = \"d.toml\"", "`config` is not an option"),
    ] {
        desk.put("c.toml", file);
        desk.run("check people.csv --config c.toml").complains(2, says);
    }
}

#[test]
fn a_value_behind_a_blank_is_an_error_with_the_right_spelling() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.send("people.csv --retry-refused 131047")
        .complains(2, "did you mean --retry-refused=131047?");
    desk.send("people.csv --send-changed true").complains(2, "--send-changed takes no value");
    assert_eq!(desk.tally().requests, 0);
}

#[test]
fn a_flag_only_has_no_variable() {
    let desk = Desk::new();
    desk.put_people("people.csv", 2);
    desk.send("people.csv").exits(0);
    desk.put("people.results.csv", "");
    let line = format!("send people.csv {QUICK}");
    desk.run_with(&line, &[("LIPASEND_ACCEPT_RESULTS", "1")])
        .complains(4, "LIPASEND_ACCEPT_RESULTS has no effect");
    assert_eq!(desk.tally().repeats, 0);
}
