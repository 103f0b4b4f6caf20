use std::os::unix::net::UnixListener;
use std::process::Command;

use super::desk::{Desk, Ended, QUICK, until};

/// A folder with a list of one person and a pipe that nobody writes to.
fn desk_with_pipe(name: &str) -> Desk {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    make_pipe(&desk, name);
    desk
}

fn make_pipe(desk: &Desk, name: &str) {
    assert!(Command::new("mkfifo").arg(desk.path(name)).status().unwrap().success());
}

#[test]
fn a_pipe_as_a_list_is_told_at_once() {
    for (name, format) in [("p.csv", "csv"), ("p.vcf", "vcf"), ("p", "csv")] {
        let told =
            format!("{name} is a pipe; give it as - (standard input) with --format {format}");
        for command in ["check", "send"] {
            let desk = desk_with_pipe(name);
            let line = format!("{command} {name} --from 254110090747 --yes");
            desk.start(&line).ends().complains(4, &told);
        }
    }
}

#[test]
fn a_pipe_with_a_writer_is_told_too() {
    let desk = desk_with_pipe("p.csv");
    let mut writer = Command::new("sh")
        .args(["-c", "exec cat people.csv > p.csv"])
        .current_dir(desk.path(""))
        .spawn()
        .unwrap();
    let ended = desk.start("check p.csv").ends();
    writer.kill().unwrap();
    writer.wait().unwrap();
    ended.complains(4, "p.csv is a pipe; give it as -");
}

#[test]
fn the_pipe_of_a_process_substitution_is_told_too() {
    let line = format!("{} check <(printf 'to,name,phone\\n')", env!("CARGO_BIN_EXE_lipasend"));
    let output = Command::new("bash").args(["-c", &line]).output().unwrap();
    Ended::of("check <(…)", output).complains(4, "is a pipe; give it as - (standard input)");
}

#[test]
fn a_pipe_as_any_other_file_is_told_at_once() {
    for (options, code) in [
        ("--recipients p", 4),
        ("--card p", 4),
        ("--ledger p", 4),
        ("--config p", 2),
        ("--api-key-file p", 2),
        ("--ca-file p", 2),
    ] {
        let desk = desk_with_pipe("p");
        desk.put("cards.csv", "name,phone\nShop,254722000111\n");
        let list = if options.starts_with("--rec") { "cards.csv" } else { "people.csv" };
        let line = format!("send {list} {options} --from 254110090747 --yes");
        desk.start(&line).ends().complains(code, "is a pipe");
        assert_eq!(desk.tally().requests, 0, "{options}");
    }
    desk_with_pipe("p").start("report p").ends().complains(4, "is a pipe");
}

#[test]
fn what_is_no_file_beside_the_results_is_passed_over() {
    let desk = desk_with_pipe("b.results.csv");
    std::fs::create_dir(desk.path("c.results.csv")).unwrap();
    let _socket = UnixListener::bind(desk.path("d.results.csv")).unwrap();
    desk.start(&format!("send people.csv {QUICK}")).ends().exits(0).sent(1);
}

#[test]
fn what_is_no_file_in_a_folder_of_lists_is_passed_over() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("lists")).unwrap();
    std::fs::create_dir(desk.path("lists/folder.csv")).unwrap();
    desk.put_people("people.csv", 1);
    std::os::unix::fs::symlink(desk.path("people.csv"), desk.path("lists/link.csv")).unwrap();
    make_pipe(&desk, "lists/pipe.csv");
    let _socket = UnixListener::bind(desk.path("lists/socket.csv")).unwrap();
    let line = "check lists --results r.results.csv";
    desk.start(line).ends().complains(0, "lists/link.csv   1 person: 1 can be sent");
}

#[test]
fn an_in_flight_file_that_is_a_pipe_is_told_at_once() {
    for command in ["check", "send"] {
        let desk = desk_with_pipe("people.results.csv.inflight");
        let line = format!("{command} people.csv --from 254110090747 --yes");
        desk.start(&line).ends().complains(4, "people.results.csv.inflight: it is a pipe");
    }
}

#[test]
fn a_device_is_no_list() {
    let desk = Desk::new();
    let line = "check /dev/zero --format csv --results r.results.csv";
    desk.start(line).ends().complains(4, "/dev/zero cannot be read: it is a device, not a file");
}

#[test]
fn a_key_that_a_command_prints_is_read_from_its_pipe() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    let line = format!(
        "{} send people.csv --api-key-file <(echo key) {QUICK}",
        env!("CARGO_BIN_EXE_lipasend")
    );
    let output = Command::new("bash")
        .args(["-c", &line])
        .current_dir(desk.path(""))
        .env("LIPACHAT_GATEWAY_URL", desk.gateway_url())
        .output()
        .unwrap();
    Ended::of(&line, output).exits(0);
    until("it was sent", || desk.tally().accepted == 1);
}

/// Only Linux has a device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_to_stdout_is_an_error() {
    let desk = Desk::new();
    desk.put_people("people.csv", 2).put_people("more.csv", 3);
    desk.send("people.csv").code_is(0);
    for line in [
        "check people.csv",
        "check more.csv --show 1",
        "check people.csv --report -",
        "check people.csv --summary-json -",
        "report people.results.csv",
        "report people.results.csv --report -",
        "send people.csv --from 254110090747 --yes",
        "--help",
        "check --help",
        "--version",
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = desk.command(line).stdout(full).output().unwrap();
        let ended = Ended::of(line, output).code_is(1);
        let error = ended.stderr.lines().last().unwrap_or_default();
        assert!(error.starts_with("lipasend: the "), "{line}: {}", ended.stderr);
        assert!(error.contains(" cannot be written"), "{line}: {error}");
    }
    // Nobody reads the result: that is no error.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = desk.command("check people.csv").stdout(writer).output().unwrap();
    Ended::of("check people.csv", output).exits(0);
}
