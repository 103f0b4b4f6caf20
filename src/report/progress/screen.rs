//! The line at the bottom of a terminal where the bar is drawn.
//!
//! indicatif decides when to draw. It fills a line up to the last column, where the `^C` that a
//! terminal echoes, or a window that gets narrower, would break it into two and leave the first one
//! behind: so the blanks are left out here, and a line is removed with all rows that it takes now.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::TermLike;

use crate::report::terminal;

/// Stderr, for one line that is drawn again and again.
#[derive(Debug, Default)]
pub(super) struct Screen {
    /// The columns of the line that is drawn.
    drawn: AtomicUsize,
}

/// The width without a terminal that knows its own.
const USUAL_WIDTH: usize = 80;

/// The columns that stay free: the terminal echoes `^C` there.
const FREE: usize = 3;

/// The columns that a line can have.
pub(super) fn width() -> usize {
    full_width().saturating_sub(FREE).max(1)
}

fn full_width() -> usize {
    terminal::stderr_width().filter(|width| *width > 0).unwrap_or(USUAL_WIDTH)
}

/// The columns of a text with colour codes.
fn columns(text: &str) -> usize {
    let mut in_code = false;
    let is_shown = |c: &char| {
        match (in_code, *c) {
            (false, '\u{1b}') => in_code = true,
            (true, 'm') => in_code = false,
            (true, _) => {}
            (false, _) => return true,
        }
        false
    };
    text.chars().filter(is_shown).count()
}

/// What removes a line of so many columns, when the terminal has broken it into rows of `width`.
fn removal(drawn: usize, width: usize) -> String {
    match drawn.saturating_sub(1) / width.max(1) {
        0 => "\r\u{1b}[K".to_owned(),
        rows => format!("\u{1b}[{rows}A\r\u{1b}[J"),
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        u16::try_from(full_width()).unwrap_or(u16::MAX)
    }

    // There is one line only.
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.write_str(line)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        if text.trim().is_empty() {
            return Ok(());
        }
        self.drawn.fetch_add(columns(text), Ordering::Relaxed);
        terminal::draw(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        let drawn = self.drawn.swap(0, Ordering::Relaxed);
        terminal::draw(&removal(drawn, full_width()))
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_codes_take_no_columns() {
        assert_eq!(columns("\u{1b}[32m██\u{1b}[0m   1 of 2"), 11);
    }

    #[test]
    fn a_line_that_the_terminal_broke_is_removed_with_all_its_rows() {
        for (drawn, width, rows) in [(0, 80, 0), (77, 80, 0), (80, 80, 0), (77, 40, 1), (77, 30, 2)]
        {
            let text = match rows {
                0 => "\r\u{1b}[K".to_owned(),
                _ => format!("\u{1b}[{rows}A\r\u{1b}[J"),
            };
            assert_eq!(removal(drawn, width), text, "{drawn} {width}");
        }
    }
}
