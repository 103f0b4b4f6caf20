//! What to type next, below the plan of `check`.

use super::screen::WIDTH;

/// The column behind the label.
const INDENT: usize = 6;

/// Options with a value that are for a check.
const FOR_CHECK: [&str; 3] = ["--report", "--show", "--rejects"];

/// The command line of a check, to be turned into the ones that follow it.
#[derive(Debug)]
pub struct NextSteps<'a> {
    /// The words behind `check`, each quoted for a shell; empty where they may not be shown.
    pub words: &'a [String],
    /// True if rows were rejected or noted.
    pub has_findings: bool,
    /// True if messages are to be sent.
    pub can_send: bool,
    /// True if no sender was given, which sending needs.
    pub needs_sender: bool,
    /// True if several lists were given without `--results`, which sending needs.
    pub needs_results: bool,
}

impl NextSteps<'_> {
    /// The lines, each with a command that can be copied where it fits.
    #[must_use]
    pub fn show(&self) -> String {
        let mut steps = Vec::new();
        let has_report = self.words.iter().any(|word| word.starts_with("--report"));
        if self.has_findings && !has_report {
            let what = "every row, with its reason";
            steps.push((self.command("check", &["--report", "check.csv"]), what));
        }
        if self.can_send {
            let mut more = Vec::new();
            if self.needs_results {
                more.extend(["--results", "all.results.csv"]);
            }
            if self.needs_sender {
                more.extend(["--from", "YOUR-SENDER"]);
            }
            let test = [&more[..], &["--test-to", "YOUR-NUMBER"]].concat();
            steps.push((self.command("send", &test), "the first card, to yourself"));
            steps.push((self.command("send", &more), "it asks before it sends"));
        }
        let longest = steps.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
        let mut text = String::new();
        for (command, what) in steps {
            let label = if text.is_empty() { "next:" } else { "" };
            let line = format!("{label:<INDENT$}{command:<longest$}   {what}");
            let fits = line.chars().count() <= WIDTH;
            let line = if fits { line } else { format!("{label:<INDENT$}{command}") };
            text += &line;
            text.push('\n');
        }
        text
    }

    /// The words without those that are for a check, and without `--yes`.
    fn words_to_send(&self) -> Vec<&str> {
        let mut words = Vec::new();
        let mut is_value = false;
        for word in self.words {
            let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
            let is_for_check = FOR_CHECK.contains(&name);
            // The line says that the command asks.
            if !is_value && !is_for_check && word != "--yes" {
                words.push(word.as_str());
            }
            is_value = is_for_check && !word.contains('=');
        }
        words
    }

    /// The command with all words, or with `…` for those of the check when it is too long.
    fn command(&self, command: &str, more: &[&str]) -> String {
        let words = match command {
            "send" => self.words_to_send(),
            _ => self.words.iter().map(String::as_str).collect(),
        };
        let all: Vec<&str> = ["lipasend", command].into_iter().chain(words).collect();
        let all = [&all[..], more].concat().join(" ");
        match !self.words.is_empty() && INDENT + all.chars().count() <= WIDTH {
            true => all,
            false => [&["lipasend", command, "…"], more].concat().join(" "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(words: &[&str], has_findings: bool, can_send: bool, needs_sender: bool) -> String {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        NextSteps { words: &words, has_findings, can_send, needs_sender, needs_results: false }
            .show()
    }

    #[test]
    fn commands_are_whole_where_they_fit() {
        assert_eq!(
            steps(&["people.csv"], true, true, true),
            "next: lipasend check people.csv --report check.csv\n\
             \x20     lipasend send people.csv --from YOUR-SENDER --test-to YOUR-NUMBER\n\
             \x20     lipasend send people.csv --from YOUR-SENDER\n"
        );
        assert_eq!(
            steps(&["p.csv"], false, true, false),
            "next: lipasend send p.csv --test-to YOUR-NUMBER   the first card, to yourself\n\
             \x20     lipasend send p.csv                         it asks before it sends\n"
        );
        assert_eq!(steps(&["people.csv"], false, false, true), "");
    }

    #[test]
    fn what_is_for_the_check_is_not_repeated() {
        assert_eq!(
            steps(&["--report", "a.csv", "p.csv", "--show=3", "--yes"], true, true, false),
            "next: lipasend send p.csv --test-to YOUR-NUMBER   the first card, to yourself\n\
             \x20     lipasend send p.csv                         it asks before it sends\n"
        );
    }

    #[test]
    fn words_that_are_too_long_or_private_are_left_out() {
        let long = "a/long/name/of/a/folder/with/a/long/name/of/a/list/people.csv";
        for words in [&[long][..], &[]] {
            assert_eq!(
                steps(words, true, false, true),
                "next: lipasend check … --report check.csv   every row, with its reason\n"
            );
        }
    }
}
