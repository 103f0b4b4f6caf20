//! Which file belongs to which input, by name alone: nothing here touches the disk.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Endings that an input's name loses before ours are put on; any other is part of the name.
const INPUT_ENDINGS: [&str; 5] = ["csv", "tsv", "txt", "vcf", "vcard"];

/// The results of an input: `contacts.csv` → `contacts.results.csv`, in a rehearsal
/// `contacts.rehearsal.results.csv`. The input `X.rejects.csv` uses X's.
#[must_use]
pub fn results_path(input: &Path, rehearsal: bool) -> PathBuf {
    let ending = if rehearsal { ".rehearsal.results.csv" } else { ".results.csv" };
    input.with_file_name(format!("{}{ending}", Base::of(input).name))
}

/// The rejects of each input, in the same order: `contacts.csv` → `contacts.rejects.csv`.
///
/// What is rejected again of a mended `X.rejects.csv` goes to `X.rejects.2.csv`, and so on: an
/// input is never overwritten, and no two inputs share a file.
#[must_use]
pub fn rejects_paths(inputs: &[PathBuf]) -> Vec<PathBuf> {
    let mut taken: HashSet<PathBuf> = inputs.iter().map(|input| plain(input)).collect();
    inputs
        .iter()
        .map(|input| {
            let base = Base::of(input);
            let free = (base.round + 1..)
                .map(|round| input.with_file_name(rejects_name(&base.name, round)))
                .find(|path| taken.insert(plain(path)));
            free.unwrap_or_else(|| input.with_file_name(rejects_name(&base.name, u32::MAX)))
        })
        .collect()
}

/// The folder that a file stands in, `.` for a bare name.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether a file's name is that of results.
#[must_use]
pub(super) fn is_results(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.ends_with(".results.csv")
}

/// Whether a file name is one that we write ourselves, to be passed over in a folder of inputs.
#[must_use]
pub fn is_ours(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match name.strip_suffix(".csv") {
        Some(_) => is_results(path) || Base::of(path).round > 0,
        None => [".results.csv.lock", ".results.csv.inflight", ".csv.new"]
            .iter()
            .any(|ending| name.ends_with(ending)),
    }
}

/// Where rejects that somebody has mended are kept before new ones are written: the `n`th choice,
/// from 1: `X.rejects.csv` → `X.rejects.bak.csv`, `X.rejects.bak.2.csv`, …
#[must_use]
pub(super) fn backup_path(rejects: &Path, n: u32) -> PathBuf {
    let stem = rejects.file_stem().unwrap_or_default().to_string_lossy();
    match n {
        0 | 1 => rejects.with_file_name(format!("{stem}.bak.csv")),
        _ => rejects.with_file_name(format!("{stem}.bak.{n}.csv")),
    }
}

/// An input's name without its ending and our marks, and how often it has been through the rejects.
struct Base {
    name: String,
    round: u32,
}

impl Base {
    fn of(input: &Path) -> Self {
        let whole = Self { name: stem(input), round: 0 };
        let Some(at) = whole.name.rfind(".rejects") else {
            return whole;
        };
        match rejects_round(&whole.name[at + ".rejects".len()..]) {
            Some(round) => Self { name: whole.name[..at].to_owned(), round },
            None => whole,
        }
    }
}

/// The round that the marks behind `.rejects` name: none is the first, `.2` the second; a backup
/// (`.bak`, `.bak.2`) counts like what it was kept from. `None` for marks that are not ours.
fn rejects_round(marks: &str) -> Option<u32> {
    let (round, backup) = match marks.split_once(".bak") {
        Some((round, backup)) => (round, backup),
        None => (marks, ""),
    };
    let number = |mark: &str| match mark {
        "" => Some(1),
        _ => mark.strip_prefix('.')?.parse().ok(),
    };
    number(backup).and(number(round))
}

fn rejects_name(base: &str, round: u32) -> String {
    match round {
        0 | 1 => format!("{base}.rejects.csv"),
        _ => format!("{base}.rejects.{round}.csv"),
    }
}

/// The file's name without an input's ending; standard input has a name too.
fn stem(input: &Path) -> String {
    let name = input.file_name().unwrap_or_default();
    let ending = input.extension().and_then(OsStr::to_str).unwrap_or_default();
    match INPUT_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
        true => input.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        false if name == "-" => "stdin".to_owned(),
        false => name.to_string_lossy().into_owned(),
    }
}

/// The path in one spelling, so that `./a.csv` and `a.csv` are the same.
fn plain(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_input_has_its_results() {
        for (input, results, rehearsed) in [
            ("contacts.csv", "contacts.results.csv", "contacts.rehearsal.results.csv"),
            ("in/a.b.VCF", "in/a.b.results.csv", "in/a.b.rehearsal.results.csv"),
            ("list.2026", "list.2026.results.csv", "list.2026.rehearsal.results.csv"),
            ("x.rejects.csv", "x.results.csv", "x.rehearsal.results.csv"),
            ("x.rejects.3.csv", "x.results.csv", "x.rehearsal.results.csv"),
            ("x.rejects.bak.csv", "x.results.csv", "x.rehearsal.results.csv"),
            ("x.rejects.2.bak.4.csv", "x.results.csv", "x.rehearsal.results.csv"),
            ("x.rejectsed.csv", "x.rejectsed.results.csv", "x.rejectsed.rehearsal.results.csv"),
            ("-", "stdin.results.csv", "stdin.rehearsal.results.csv"),
        ] {
            assert_eq!(results_path(Path::new(input), false), Path::new(results));
            assert_eq!(results_path(Path::new(input), true), Path::new(rehearsed));
        }
    }

    #[test]
    fn rejects_never_overwrite_an_input_or_each_other() {
        for (inputs, rejects) in [
            (vec!["a.csv"], vec!["a.rejects.csv"]),
            (vec!["a.rejects.csv"], vec!["a.rejects.2.csv"]),
            (vec!["a.rejects.bak.csv"], vec!["a.rejects.2.csv"]),
            (vec!["d/a.rejects.2.csv"], vec!["d/a.rejects.3.csv"]),
            (vec!["a.csv", "a.vcf"], vec!["a.rejects.csv", "a.rejects.2.csv"]),
            (vec!["a.csv", "./a.rejects.csv"], vec!["a.rejects.2.csv", "./a.rejects.3.csv"]),
            (vec!["a.csv", "d/a.csv"], vec!["a.rejects.csv", "d/a.rejects.csv"]),
        ] {
            let inputs: Vec<PathBuf> = inputs.into_iter().map(PathBuf::from).collect();
            let expected: Vec<PathBuf> = rejects.into_iter().map(PathBuf::from).collect();
            assert_eq!(rejects_paths(&inputs), expected);
        }
    }

    #[test]
    fn our_own_files_are_known_by_name() {
        for (name, ours) in [
            ("a.results.csv", true),
            ("a.rehearsal.results.csv", true),
            ("a.rejects.csv", true),
            ("a.rejects.12.csv", true),
            ("a.rejects.bak.csv", true),
            ("a.rejects.bak.2.csv", true),
            ("a.results.csv.lock", true),
            ("a.results.csv.inflight", true),
            ("a.results.csv.new", true),
            ("a.csv", false),
            ("results.csv", false),
            ("a.rejects.old.csv", false),
            ("a.vcf", false),
        ] {
            assert_eq!(is_ours(Path::new(name)), ours, "{name}");
        }
    }

    #[test]
    fn kept_rejects_get_a_name_of_their_own() {
        let rejects = Path::new("d/a.rejects.csv");
        assert_eq!(backup_path(rejects, 1), Path::new("d/a.rejects.bak.csv"));
        assert_eq!(backup_path(rejects, 3), Path::new("d/a.rejects.bak.3.csv"));
        assert!(is_ours(&backup_path(rejects, 3)));
    }
}
