//! The README and the pages of docs/: every command runs, every output block is what the program
//! prints, every link leads somewhere, and the reference is complete.
//!
//! In a page,
//! - each line of a `sh` block is run, in the order of the page, in one folder with the samples;
//! - `<!-- file: NAME -->` in front of a block writes the block to that file first;
//! - `<!-- output -->` in front of a block says that it is what the last command printed (standard
//!   error, then standard output); `output: stdout` takes only that; `, exit 3` is the exit code.
//!
//! `LIPASEND_UPDATE_DOCS=1 cargo test --test it docs` writes the present output into the blocks.

pub(crate) mod reference;

use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::desk::{Desk, Ended, project};

/// The pages whose commands are run.
fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(project("docs")).unwrap().map(|entry| entry.unwrap().path());
    std::iter::once(project("README.md")).chain(docs).collect()
}

/// The steps that a page asks for, in its order.
enum Step {
    /// A command of a `sh` block.
    Run(String),
    /// A block that is a file of the reader's.
    Write { name: String, text: String },
    /// A block that shows what the last command printed: its lines in the page.
    Show { stdout_only: bool, exit: Option<i32>, block: Range<usize> },
}

fn steps(page: &[String]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut marker = String::new();
    let mut at = 0;
    while at < page.len() {
        let line = page[at].trim();
        at += 1;
        if let Some(comment) = line.strip_prefix("<!-- ") {
            marker = comment.trim_end_matches(" -->").to_owned();
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let indent = page[at - 1].len() - page[at - 1].trim_start().len();
        let start = at;
        while page[at].trim() != "```" {
            at += 1;
        }
        let body = page[start..at].iter().map(|line| line.get(indent..).unwrap_or_default());
        at += 1;
        let marker = std::mem::take(&mut marker);
        if let Some(name) = marker.strip_prefix("file: ") {
            let text = body.fold(String::new(), |text, line| text + line + "\n");
            steps.push(Step::Write { name: name.to_owned(), text });
        } else if let Some(how) = marker.strip_prefix("output") {
            let exit = how.split_once("exit ").map(|(_, code)| code.parse().unwrap());
            let stdout_only = how.starts_with(": stdout");
            steps.push(Step::Show { stdout_only, exit, block: start..at - 1 });
        } else if language == "sh" {
            steps.extend(body.filter(|line| !line.is_empty()).map(|line| Step::Run(line.into())));
        }
    }
    steps
}

/// Runs a command as a reader types it, with nothing in the environment but the program's place.
fn run(folder: &Path, command: &str) -> Ended {
    let program = Path::new(env!("CARGO_BIN_EXE_lipasend")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", program.display());
    let line = command.replace("cargo run --release -- ", "lipasend ");
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).current_dir(folder).env_clear().env("PATH", path);
    Ended::of(command, shell.stdin(Stdio::null()).output().unwrap())
}

/// Lines without what differs from run to run: how long something took, and when.
fn steady<'t>(text: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let untimed = text.map(|line| match line.split_once(" in ") {
        Some((what, _)) if what.ends_with(" sent") => what,
        _ => line.trim_end(),
    });
    untimed.collect()
}

/// Checks a page, or writes the present output into it.
fn check_page(path: &Path, update: bool) {
    let folder = tempfile::tempdir().unwrap();
    copy_samples(folder.path());
    let name = path.strip_prefix(project("")).unwrap().display();
    let mut page: Vec<String> =
        fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect();
    let mut steps = steps(&page).into_iter().peekable();
    let mut last: Option<Ended> = None;
    let mut replaced = Vec::new();
    while let Some(step) = steps.next() {
        match step {
            Step::Write { name, text } => fs::write(folder.path().join(name), text).unwrap(),
            Step::Run(command) if command.starts_with("cargo ") && !command.contains(" run ") => {}
            Step::Run(command) => {
                let expected = match steps.peek() {
                    Some(Step::Show { exit, .. }) => exit.map_or(vec![0], |code| vec![code]),
                    _ => vec![0, 3],
                };
                let ended = run(folder.path(), &command);
                let shown = format!("{}{}", ended.stderr, ended.stdout);
                assert!(expected.contains(&ended.code), "{name}: {command}\n{shown}");
                last = Some(ended);
            }
            Step::Show { stdout_only, block, .. } => {
                let ended = last.as_ref().expect("a command above the output");
                let stderr = if stdout_only { "" } else { &ended.stderr };
                let printed = format!("{stderr}{}", ended.stdout);
                let shown = page[block.clone()].iter().map(String::as_str);
                if steady(shown) == steady(printed.lines()) {
                    continue;
                }
                let shown = page[block.clone()].join("\n");
                assert!(update, "{name} shows\n{shown}\nbut the program prints\n{printed}");
                replaced.push((block, printed));
            }
        }
    }
    for (block, printed) in replaced.into_iter().rev() {
        page.splice(block, printed.lines().map(|line| line.trim_end().to_owned()));
    }
    if update {
        fs::write(path, page.join("\n") + "\n").unwrap();
    }
}

#[test]
fn every_command_runs_and_every_output_is_the_output() {
    let update = std::env::var_os("LIPASEND_UPDATE_DOCS").is_some();
    for page in pages() {
        check_page(&page, update);
    }
}

#[test]
fn a_page_is_taken_apart_into_its_steps() {
    let page = "\
```sh
lipasend a
lipasend b # why
```

<!-- output: stdout, exit 3 -->
```text
shown
```

   <!-- file: people.csv -->
   ```csv
   to
   1
   ```

```console
not run
```";
    let page: Vec<String> = page.lines().map(str::to_owned).collect();
    let steps = steps(&page);
    assert_eq!(steps.len(), 4);
    assert!(matches!(&steps[1], Step::Run(command) if command == "lipasend b # why"));
    let Step::Show { stdout_only: true, exit: Some(3), block } = &steps[2] else { panic!() };
    assert_eq!(page[block.clone()], ["shown"]);
    assert!(matches!(&steps[3], Step::Write { text, .. } if text == "to\n1\n"));
}

#[test]
fn the_readme_is_short_and_begins_with_the_two_commands() {
    let readme = fs::read_to_string(project("README.md")).unwrap();
    assert!(readme.lines().count() <= 150);
    let page: Vec<String> = readme.lines().map(str::to_owned).collect();
    let commands: Vec<String> = steps(&page)
        .into_iter()
        .filter_map(|step| match step {
            Step::Run(command) => Some(command),
            _ => None,
        })
        .collect();
    assert_eq!(commands[0], "cargo run --release -- send samples/contacts.csv --rehearse");
    assert_eq!(commands[1], "cargo test");
}

/// The version in the README is the one that is declared.
#[test]
fn the_readme_names_the_rust_version() {
    let manifest = fs::read_to_string(project("Cargo.toml")).unwrap();
    let (_, rest) = manifest.split_once("rust-version = \"").unwrap();
    let version = rest.split('"').next().unwrap();
    let readme = fs::read_to_string(project("README.md")).unwrap();
    assert!(readme.contains(&format!("Rust {version} or newer")), "Rust {version}");
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut pages = pages();
    pages.extend([project("CONTRIBUTING.md"), project("CHANGELOG.md")]);
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for part in text.split("](").skip(1) {
            let link = part.split(')').next().unwrap();
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => page.clone(),
                _ => page.parent().unwrap().join(file),
            };
            assert!(target.exists(), "{}: {link}", page.display());
            if !anchor.is_empty() {
                let headings = headings(&fs::read_to_string(target).unwrap());
                assert!(headings.contains(anchor), "{}: {link}", page.display());
            }
        }
    }
}

/// The anchors of a page's headings, as GitHub makes them.
fn headings(text: &str) -> HashSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn contributing_has_one_line_for_each_folder_of_src() {
    let text = fs::read_to_string(project("CONTRIBUTING.md")).unwrap();
    let listed: HashSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("| `src/")?.split("/`").next()).collect();
    let entries = fs::read_dir(project("src")).unwrap().map(|entry| entry.unwrap());
    let folders: HashSet<String> = entries
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(listed, folders.iter().map(String::as_str).collect());
}

#[test]
fn the_first_command_sends_the_sample_and_the_second_time_nothing() {
    let desk = Desk::new();
    copy_samples(&desk.path(""));
    let line = "send samples/contacts.csv --rehearse --rate unlimited --summary-json s.json";
    let first = desk.run(line).code_is(3).sent(15);
    let again = desk.run(line).code_is(3).says("15 sent before");
    assert!(!again.stdout.contains("sent 15 messages"), "{}", first.stdout);
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
        ]
    );
}

/// Copies the samples into a folder, without what a run has left beside them.
fn copy_samples(folder: &Path) {
    let samples = folder.join("samples");
    let copied = Command::new("cp").arg("-r").arg(project("samples")).arg(&samples).output();
    Ended::of("cp", copied.unwrap()).exits(0);
    for entry in fs::read_dir(samples).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        if name.contains(".results.csv") || name.contains(".rejects") {
            fs::remove_file(path).unwrap();
        }
    }
}
