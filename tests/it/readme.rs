use std::fs;
use std::process::Command;

use super::desk::{Desk, Ended, project};

/// The commands of the README's shell blocks, `cargo run --release --` and `lipasend` alike.
fn commands() -> Vec<String> {
    let readme = fs::read_to_string(project("README.md")).unwrap();
    let mut commands = Vec::new();
    let mut shell = false;
    for line in readme.lines() {
        match line.strip_prefix("```") {
            Some(language) => shell = language == "sh",
            None if shell => commands.push(line.trim().to_owned()),
            None => {}
        }
    }
    commands
}

fn words_of(command: &str) -> Option<&str> {
    let command = command.split(" #").next().unwrap_or(command).trim();
    command.strip_prefix("cargo run --release -- ").or_else(|| command.strip_prefix("lipasend "))
}

#[test]
fn the_two_commands_stand_at_the_top() {
    let first = &commands()[..2];
    assert_eq!(first[0], "cargo run --release -- send samples/contacts.csv --rehearse");
    assert_eq!(first[1], "cargo test");
}

/// The blocks behind `<!-- run: … -->` are what the program prints, but for the time it took.
#[test]
fn the_output_shown_is_the_output() {
    let readme = fs::read_to_string(project("README.md")).unwrap();
    let desk = Desk::new();
    copy(&project("samples"), &desk.path("samples"));
    let timeless = |text: &str| -> Vec<String> {
        let untimed = text.lines().map(|line| match line.split_once(" in ") {
            Some((what, _)) if what.starts_with("sent ") => what.to_owned(),
            _ => line.trim_end().to_owned(),
        });
        untimed.filter(|line| !line.is_empty() && !line.contains("gateway  ")).collect()
    };
    let mut blocks = 0;
    for part in readme.split("<!-- run: ").skip(1) {
        let (command, rest) = part.split_once(" -->").unwrap();
        let shown = rest.split("```").nth(1).unwrap().trim_start_matches("text\n");
        let ended = desk.run(command);
        let printed = match command.starts_with("check") {
            true => ended.stderr + &ended.stdout,
            false => ended.stdout,
        };
        assert_eq!(timeless(shown), timeless(&printed), "{command}");
        blocks += 1;
    }
    assert_eq!(blocks, 2);
}

/// Every command of the README that needs no gateway of one's own, on copies of the samples.
#[test]
fn every_command_of_the_readme_runs() {
    let desk = Desk::new();
    let samples = desk.path("samples");
    copy(&project("samples"), &samples);
    desk.put("people.csv", "to,name,phone\n254712345678,Ann,254722000111\n");
    let mut ran = 0;
    for command in commands() {
        let Some(words) = words_of(&command) else { continue };
        if words.contains("mock-gateway") || words.contains('|') {
            continue;
        }
        let ended = match words.contains('\'') || words.contains('<') {
            true => continue,
            false => desk.run(words),
        };
        assert!([0, 3].contains(&ended.code), "{command}: {}\n{}", ended.code, ended.stderr);
        ran += 1;
    }
    assert!(ran >= 5, "only {ran} commands of the README were run");
}

#[test]
fn the_first_command_sends_the_sample_and_the_second_time_nothing() {
    let desk = Desk::new();
    copy(&project("samples"), &desk.path("samples"));
    let line = "send samples/contacts.csv --rehearse --rate unlimited --summary-json s.json";
    let first = desk.run(line).code_is(3).says("sent 14 messages");
    let again = desk.run(line).code_is(3).says("14 sent before");
    assert!(!again.stdout.contains("sent 14 messages"), "{}", first.stdout);
    assert!(desk.has("samples/contacts.rehearsal.results.csv"));
    let codes: Vec<String> = desk
        .lines("samples/contacts.rejects.csv")
        .iter()
        .map(|line| line["reject_code"].clone())
        .collect();
    assert_eq!(
        codes,
        [
            "to_no_country_code",
            "to_missing",
            "to_exponent",
            "to_letters",
            "to_not_possible",
            "to_several",
            "to_extension",
            "name_missing",
            "phone_missing",
            "phone_not_possible",
            "wa_id_bad",
        ]
    );
}

#[test]
fn the_exit_codes_of_the_readme_are_those_of_the_program() {
    let readme = fs::read_to_string(project("README.md")).unwrap();
    for code in ["0", "1", "2", "3", "4", "5", "7", "8", "10", "11", "130", "143"] {
        assert!(readme.contains(&format!("\n| {code} |")), "exit code {code} is not in the README");
    }
}

#[test]
fn the_columns_of_the_readme_are_those_of_the_results() {
    let readme = fs::read_to_string(project("README.md")).unwrap();
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.send("people.csv").exits(0);
    let text = desk.read("people.results.csv");
    for column in text.trim_start_matches('\u{feff}').lines().next().unwrap().split(',') {
        assert!(readme.contains(&format!("`{column}`")), "column {column} is not in the README");
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    let copied = Command::new("cp").arg("-r").args([from, to]).output().unwrap();
    Ended::of("cp", copied).exits(0);
    for entry in fs::read_dir(to).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        if name.contains(".results.csv") || name.contains(".rejects") {
            fs::remove_file(path).unwrap();
        }
    }
}
