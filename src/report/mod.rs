//! Telling: what will be sent, how it goes, what happened.
//!
//! `tally` counts rows and messages, `plan` says before what will happen, `progress` shows it
//! happening, `summary` says after what happened, `history` reads results files for
//! `lipasend report`. Nothing here sends anything or ends the program.

pub mod format;
pub mod plan;
pub mod progress;
pub mod results;
pub mod summary;
pub mod tally;
pub mod terminal;
