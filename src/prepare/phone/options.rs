//! The user's options for numbers: the region, the meaning of bare digits, and how strict to be.

use super::countries::Countries;
use super::region::Region;

/// Options for parsing the numbers of a run. The caller sets `region` for each row.
#[derive(Debug, Clone, Copy, Default)]
pub struct PhoneOptions {
    /// Completes numbers without a country code; if it is `None`, they are rejected. The country of
    /// the row, or else `--region`.
    pub region: Option<Region>,
    /// The meaning of digits without `+`, `00` or `0` in front.
    pub numbers: NumberStyle,
    /// The check that a number must pass.
    pub check: PhoneCheck,
    /// The countries that a number may have, if they are named (`--countries`).
    pub countries: Option<Countries>,
    /// The countries that something speaks for: the sender that was given, `--region`,
    /// `--countries`, the list's numbers with `+`. Bare digits that are a fixed line are taken only
    /// in one of these.
    pub known: Countries,
    /// The region to name in suggestions when there is no `region`. It follows from what the user
    /// or the list said. No number is completed with it.
    pub suggest: Option<Region>,
    /// The roles whose bare digits are taken only for one of the `known` countries, because most of
    /// the list's fit no country.
    pub doubted: Roles,
}

/// A set of roles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Roles {
    /// Recipients.
    pub to: bool,
    /// Numbers on cards.
    pub card: bool,
}

impl Roles {
    /// Returns whether the role is one of these.
    #[must_use]
    pub fn contains(self, role: Role) -> bool {
        match role {
            Role::To => self.to,
            Role::Card => self.card,
        }
    }
}

/// The meaning of digits without `+`, `00` or `0` in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum NumberStyle {
    /// Both ways are tried; if both give a valid number and they differ, the number is rejected
    #[default]
    Auto,
    /// They begin with a country code
    International,
    /// They are national numbers of --region, their leading zero lost
    National,
}

/// The check that a number must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum PhoneCheck {
    /// Valid, or written with + and of a possible length (with a warning)
    #[default]
    Auto,
    /// Valid, however it is written
    Valid,
    /// Of a possible length for its country (with a warning when not valid)
    Possible,
    /// 8 to 15 digits are enough
    Off,
}

/// The use of a number. It decides the reason codes, and what happens to an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The recipient. A message cannot reach an extension, so a number with one is rejected.
    To,
    /// A number on the card. An extension is left out with a warning.
    Card,
}
