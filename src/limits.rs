//! The system's limits on this process.

use std::io;

/// The number of files and connections that this process may still open; `None` where the system
/// does not show it (only Linux does).
#[must_use]
pub fn files_left() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let open = std::fs::read_dir("/proc/self/fd").ok()?.count();
    // One of them is the folder itself.
    Some(open_files(&limits)?.saturating_sub(open as u64 - 1))
}

/// The soft limit on open files in the text of `/proc/PID/limits`; `None` when there is none.
fn open_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What to do about a system that allows too few threads or open files, if the error is about that;
/// else nothing. The text goes behind the error's own.
#[must_use]
pub fn way_out(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EMFILE | libc::ENFILE) => {
            " (lower --concurrency, or raise the limit on open files: ulimit -n)"
        }
        Some(libc::EAGAIN) => " (lower --concurrency, or raise the limit on threads: ulimit -u)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_about_too_few_threads_or_files_names_the_concurrency() {
        for (number, named) in
            [(libc::EMFILE, "-n"), (libc::ENFILE, "-n"), (libc::EAGAIN, "-u"), (libc::ENOSPC, "")]
        {
            let text = way_out(&io::Error::from_raw_os_error(number));
            assert_eq!(text.contains("--concurrency"), !named.is_empty(), "{number}");
            assert!(text.contains(named), "{text}");
        }
    }

    #[test]
    fn the_soft_limit_is_read() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max processes             7823                 7823                 processes \n\
                    Max open files            1024                 1048576              files     \n";
        assert_eq!(open_files(text), Some(1024));
        assert_eq!(open_files(&text.replace("1024 ", "unlimited ")), None);
        assert_eq!(open_files(""), None);
    }
}
