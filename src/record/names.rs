//! The names of the files that belong to an input. Nothing here touches the disk.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::read::own_columns::{NOT_SENT, REJECTS};

/// The name of the gateway of a rehearsal, in the results and in the name of their file.
pub const REHEARSAL: &str = "rehearsal";

/// The lock of a folder, held while a run looks for others in it.
pub(super) const FOLDER_LOCK: &str = ".lipasend.lock";

const LOCK: &str = ".lock";
const IN_FLIGHT: &str = ".inflight";
const UNREADABLE: &str = ".unreadable";
const NEW: &str = ".new";

/// The endings that an input's name loses before one of ours is added; any other is part of the
/// name.
pub const INPUT_ENDINGS: [&str; 8] = ["csv", "tsv", "txt", "xlsx", "xlsm", "ods", "vcf", "vcard"];

/// The results file of an input: `contacts.csv` → `contacts.results.csv`, in a rehearsal
/// `contacts.rehearsal.results.csv`. The inputs `X.rejects.csv` and `X.not-sent.csv` use that of X.
#[must_use]
pub fn results_path(input: &Path, rehearsal: bool) -> PathBuf {
    let name = Base::of(input).name;
    input.with_file_name(match rehearsal {
        true => format!("{name}.{REHEARSAL}.results.csv"),
        false => format!("{name}.results.csv"),
    })
}

/// The files of one kind for each input, in the same order: `contacts.csv` → `contacts.rejects.csv`.
///
/// What is rejected again of the input `X.rejects.csv` goes to `X.rejects.2.csv`, and so on: an
/// input is never overwritten, and no two inputs share a file. `is_own` says whether the file at a
/// path, if there is one, is of the input at an index: a file of another list (`X.csv` and `X.vcf`)
/// is passed over, and a file of the input's own is used again.
#[must_use]
pub fn paths_beside(
    kind: Beside,
    inputs: &[PathBuf],
    is_own: impl Fn(usize, &Path) -> Option<bool>,
) -> Vec<PathBuf> {
    let mut taken: HashSet<PathBuf> = inputs.iter().map(|input| absolute(input)).collect();
    let mut paths = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().enumerate() {
        let base = Base::of(input);
        let name = |round| input.with_file_name(name_beside(kind, &base.name, round));
        let is_free =
            |path: &PathBuf| !taken.contains(&absolute(path)) && is_own(index, path) != Some(false);
        let has_own = |path: &PathBuf| is_own(index, path) == Some(true);
        let near = (base.round + 1..).take(NEAR).map(name).filter(is_free).find(has_own);
        let path = near.or_else(|| (base.round + 1..).map(name).find(is_free));
        let path = path.unwrap_or_else(|| name(u32::MAX));
        taken.insert(absolute(&path));
        paths.push(path);
    }
    paths
}

/// The kinds of files that are written beside a list, to be given as input again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// The rows that cannot be used.
    Rejects,
    /// The messages that were not sent.
    NotSent,
}

impl Beside {
    const ALL: [Self; 2] = [Self::Rejects, Self::NotSent];

    /// The part of the file's name behind that of its list.
    fn mark(self) -> &'static str {
        match self {
            Self::Rejects => ".rejects",
            Self::NotSent => ".not-sent",
        }
    }

    /// The word for it in the lock file.
    pub(super) fn word(self) -> &'static str {
        &self.mark()[1..]
    }

    /// The kind with this word.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The kind of an input that has the name of such a file.
    #[must_use]
    pub fn of_input(input: &Path) -> Option<Self> {
        Base::of(input).kind
    }

    /// The columns of such a file that are not those of the list or message.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Rejects => &REJECTS,
            Self::NotSent => &NOT_SENT,
        }
    }

    /// What is done when one is written, for errors.
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::Rejects => "write the rejects to",
            Self::NotSent => "write the messages that were not sent to",
        }
    }
}

/// The number of names among which a file of an earlier run is looked for.
const NEAR: usize = 4;

/// The lock file of a results file.
#[must_use]
pub fn lock_path(results: &Path) -> PathBuf {
    with_suffix(results, LOCK)
}

/// The in-flight file of a results file.
#[must_use]
pub fn in_flight_path(results: &Path) -> PathBuf {
    with_suffix(results, IN_FLIGHT)
}

/// A results file and all files beside it that are written with it.
#[must_use]
pub fn files_of(results: &Path) -> [PathBuf; 4] {
    let beside = [LOCK, IN_FLIGHT, NEW].map(|suffix| with_suffix(results, suffix));
    let [lock, in_flight, new] = beside;
    [results.to_owned(), lock, in_flight, new]
}

/// The name under which a file is written that is to replace the one at `path`.
#[must_use]
pub fn new_path(path: &Path) -> PathBuf {
    with_suffix(path, NEW)
}

/// The `n`th choice, from 1, for the name under which the lines of results are kept that cannot be
/// read: `X.results.csv.unreadable`, `X.results.csv.unreadable.2`, …
#[must_use]
pub(super) fn unreadable_path(results: &Path, n: u32) -> PathBuf {
    match n {
        0 | 1 => with_suffix(results, UNREADABLE),
        _ => with_suffix(results, &format!("{UNREADABLE}.{n}")),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut whole = OsString::from(path);
    whole.push(suffix);
    PathBuf::from(whole)
}

/// The folder that a file is in, `.` for a bare name.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The path of a file in a folder; a bare name stays one.
#[must_use]
pub(super) fn in_folder(folder: &Path, name: &OsStr) -> PathBuf {
    match folder == Path::new(".") {
        true => PathBuf::from(name),
        false => folder.join(name),
    }
}

/// Returns whether a path has the name of an in-flight file.
#[must_use]
pub(super) fn is_in_flight(path: &Path) -> bool {
    lowercase_name(path).ends_with(IN_FLIGHT)
}

/// Returns whether a path has the name of a lock file; that of a folder is none.
#[must_use]
pub(super) fn is_lock(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name != FOLDER_LOCK && name.to_string_lossy().ends_with(LOCK)
}

/// Returns whether a path has the name of a results file: `X.results.csv`, or
/// `X.results.2026-11.csv` after a rotation.
#[must_use]
pub(super) fn is_results(path: &Path) -> bool {
    let name = lowercase_name(path);
    name.strip_suffix(".csv")
        .is_some_and(|name| name.ends_with(".results") || name.contains(".results."))
}

/// Returns whether a path has the name of a file that we write ourselves and that is not one of the
/// kind `beside`, so that a file of this kind must not replace it.
#[must_use]
pub fn is_ours_of_another_kind(path: &Path, beside: Beside) -> bool {
    is_ours(path) && Base::of(path).kind != Some(beside)
}

/// Returns whether a path has the name of a file that we write ourselves: it is passed over in a
/// folder of inputs.
#[must_use]
pub fn is_ours(path: &Path) -> bool {
    let name = lowercase_name(path);
    if let Some(results) = name.strip_suffix(LOCK).or_else(|| name.strip_suffix(IN_FLIGHT)) {
        return is_results(Path::new(results));
    }
    match name.strip_suffix(NEW) {
        Some(replaced) => replaced.ends_with(".csv"),
        None => {
            // Somebody may have saved it as a spreadsheet.
            let ending = [".csv", ".xlsx", ".ods"].iter().find_map(|end| name.strip_suffix(end));
            let is_ours = |stem: &str| {
                is_results(Path::new(&format!("{stem}.csv"))) || Base::of(path).round > 0
            };
            ending.is_some_and(is_ours)
        }
    }
}

fn lowercase_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

/// The `n`th choice, from 1, for the name under which a file that somebody has edited is kept:
/// `X.rejects.csv` → `X.rejects.bak.csv`, `X.rejects.bak.2.csv`, …
#[must_use]
pub fn backup_path(path: &Path, n: u32) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match n {
        0 | 1 => path.with_file_name(format!("{stem}.bak.csv")),
        _ => path.with_file_name(format!("{stem}.bak.{n}.csv")),
    }
}

/// An input's name without its ending and the marks of a file that we write beside an input.
struct Base {
    name: String,
    /// The number of times it has been such a file: 0 for an input, 1 for `X.rejects.csv`.
    round: u32,
    /// The kind of such a file.
    kind: Option<Beside>,
}

impl Base {
    fn of(input: &Path) -> Self {
        let whole = Self { name: stem(input), round: 0, kind: None };
        let marked = |kind: Beside| {
            let at = whole.name.rfind(kind.mark())?;
            let round = round(&whole.name[at + kind.mark().len()..])?;
            Some(Self { name: whole.name[..at].to_owned(), round, kind: Some(kind) })
        };
        Beside::ALL.into_iter().find_map(marked).unwrap_or(whole)
    }
}

/// The round that the marks behind `.rejects` or `.not-sent` name: without one it is the first, `.2` is the
/// second; a backup (`.bak`, `.bak.2`) counts like the file that it was. `None` for marks that are
/// not ours.
fn round(marks: &str) -> Option<u32> {
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

fn name_beside(kind: Beside, base: &str, round: u32) -> String {
    let mark = kind.mark();
    match round {
        0 | 1 => format!("{base}{mark}.csv"),
        _ => format!("{base}{mark}.{round}.csv"),
    }
}

/// The file's name without an input's ending, `stdin` for standard input.
fn stem(input: &Path) -> String {
    let name = input.file_name().unwrap_or_default();
    let ending = input.extension().and_then(OsStr::to_str).unwrap_or_default();
    match INPUT_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
        true => input.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        false if name == "-" => "stdin".to_owned(),
        false => name.to_string_lossy().into_owned(),
    }
}

/// The absolute path, so that `./a.csv` and `a.csv` are the same.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_input_has_a_results_file() {
        for (input, results, rehearsed) in [
            ("contacts.csv", "contacts.results.csv", "contacts.rehearsal.results.csv"),
            ("in/a.b.VCF", "in/a.b.results.csv", "in/a.b.rehearsal.results.csv"),
            ("list.2026", "list.2026.results.csv", "list.2026.rehearsal.results.csv"),
            ("x.rejects.csv", "x.results.csv", "x.rehearsal.results.csv"),
            ("x.rejects.3.csv", "x.results.csv", "x.rehearsal.results.csv"),
            ("x.rejects.bak.csv", "x.results.csv", "x.rehearsal.results.csv"),
            ("x.rejects.2.bak.4.csv", "x.results.csv", "x.rehearsal.results.csv"),
            ("x.not-sent.csv", "x.results.csv", "x.rehearsal.results.csv"),
            ("x.not-sent.2.csv", "x.results.csv", "x.rehearsal.results.csv"),
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
            assert_eq!(paths_beside(Beside::Rejects, &inputs, |_, _| None), expected);
        }
    }

    #[test]
    fn what_is_not_sent_of_a_file_of_ours_goes_to_the_next_one() {
        for (kind, input, path) in [
            (Beside::NotSent, "d/a.csv", "d/a.not-sent.csv"),
            (Beside::NotSent, "a.not-sent.csv", "a.not-sent.2.csv"),
            (Beside::NotSent, "a.not-sent.2.bak.csv", "a.not-sent.3.csv"),
            (Beside::NotSent, "a.rejects.csv", "a.not-sent.2.csv"),
            (Beside::Rejects, "a.not-sent.csv", "a.rejects.2.csv"),
        ] {
            let paths = paths_beside(kind, &[PathBuf::from(input)], |_, _| None);
            assert_eq!(paths, [PathBuf::from(path)], "{input}");
        }
    }

    #[test]
    fn the_rejects_of_another_list_are_passed_over() {
        let (own, other) = (Some(true), Some(false));
        for (there, path) in [
            ([None, None], "a.rejects.csv"),
            ([own, None], "a.rejects.csv"),
            ([other, None], "a.rejects.2.csv"),
            ([other, own], "a.rejects.2.csv"),
            ([None, own], "a.rejects.2.csv"),
            ([other, other], "a.rejects.3.csv"),
        ] {
            let is_own = |_, path: &Path| match path.to_str() {
                Some("a.rejects.csv") => there[0],
                Some("a.rejects.2.csv") => there[1],
                _ => None,
            };
            let paths = paths_beside(Beside::Rejects, &[PathBuf::from("a.vcf")], is_own);
            assert_eq!(paths, [PathBuf::from(path)], "{there:?}");
        }
    }

    #[test]
    fn our_own_files_are_recognised_by_name() {
        for (name, ours) in [
            ("a.results.csv", true),
            ("a.results.2026-11.csv", true),
            ("a.results.2026-11.CSV", true),
            ("a.resultsX.csv", false),
            ("a.rehearsal.results.csv", true),
            ("a.rejects.csv", true),
            ("a.rejects.12.csv", true),
            ("a.rejects.bak.csv", true),
            ("a.rejects.bak.2.csv", true),
            ("a.not-sent.csv", true),
            ("a.not-sent.2.bak.csv", true),
            ("a.not-sent.csv.new", true),
            ("not-sent.csv", false),
            ("a.results.xlsx", true),
            ("a.rejects.2.ods", true),
            ("results.xlsx", false),
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
    fn our_own_files_of_another_kind_are_recognised_by_name() {
        for (name, not_sent, rejects) in [
            ("a.not-sent.csv", false, true),
            ("a.not-sent.2.bak.csv", false, true),
            ("a.rejects.csv", true, false),
            ("a.results.csv", true, true),
            ("a.rehearsal.results.csv", true, true),
            ("a.results.csv.lock", true, true),
            ("a.csv", false, false),
            ("left.csv", false, false),
        ] {
            let of_another = |kind| is_ours_of_another_kind(Path::new(name), kind);
            assert_eq!(of_another(Beside::NotSent), not_sent, "{name}");
            assert_eq!(of_another(Beside::Rejects), rejects, "{name}");
        }
    }

    #[test]
    fn each_backup_has_its_own_name() {
        let rejects = Path::new("d/a.rejects.csv");
        assert_eq!(backup_path(rejects, 1), Path::new("d/a.rejects.bak.csv"));
        assert_eq!(backup_path(rejects, 3), Path::new("d/a.rejects.bak.3.csv"));
        assert!(is_ours(&backup_path(rejects, 3)));
    }
}
