//! Whose number a column holds: that of the contact, or of somebody else who stands in the row.
//!
//! A header says it itself (`Parent Phone`), or the columns around it do: `Phone` behind `Next of
//! Kin` may be theirs. A number that may be somebody else's is not used; the user names it with
//! `--map` if it is the right one.

use super::field::Field;
use super::in_file::InFile;
use super::likely;
use super::roles::{Role, RoleMeaning};
use super::vocabulary::{Meaning, NumberType};

/// Words for people whose number stands behind them wherever they are named. All words are
/// compared without accents, and those of up to three letters only as whole words.
const THEIR_NUMBER_FOLLOWS: &str = "kin nok emergency guardian parent parents guarantor spouse referee ndugu mzazi mlezi \
     dharura mdhamini urgence tuteur tutrice conjoint emergencia apoderado conyuge responsavel \
     conjuge notfall";

/// Words for people who stand in lists for other reasons as well, as fathers do who tell two people
/// of one name apart. A number behind them is theirs when an earlier column has the same header.
const THEIR_NUMBER_MAY_FOLLOW: &str = "father mother husband wife driver rider courier doctor nurse teacher coach landlord agent \
     owner manager supervisor officer secretary assistant chairman chairperson treasurer pastor \
     leader seller shipper sender salesperson referrer referred neighbour neighbor friend";

/// Words that make `Parent Account` no person.
const NO_PERSON: &str = "account company organization organisation id code number no type group";

/// Parts of headers that show a list of insured people: its beneficiaries are somebody else.
const INSURANCE: [&str; 3] = ["policy", "insured", "assured"];

impl InFile<'_> {
    /// Removes the numbers that stand behind the name of somebody else.
    pub(super) fn leave_numbers_of_others(&mut self) {
        // Our own columns are taken literally.
        if self.has_word("to") {
            return;
        }
        let mut is_behind_other = false;
        for at in 1..self.words.len() {
            if !self.is_plain_number(at) {
                is_behind_other = false;
                continue;
            }
            // `Next of Kin,Phone,Mobile`: both numbers.
            is_behind_other |= self.is_theirs(at);
            if is_behind_other {
                self.meanings[at] = Meaning::SomebodyElses;
            }
        }
    }

    /// Returns whether it is a number whose header names nobody. `Home Phone` and the like are in
    /// lists that have all of a contact's numbers.
    fn is_plain_number(&self, at: usize) -> bool {
        match self.meanings[at] {
            Meaning::Number(number_type) => number_type.rank <= NumberType::PLAIN.rank,
            Meaning::Own(Field::Phone(1)) => true,
            _ => false,
        }
    }

    /// Returns whether the number in column `at` is that of somebody whom a column before it names:
    /// the column directly before it (and before their relationship), or any behind the first number
    /// with this header.
    fn is_theirs(&self, at: usize) -> bool {
        let is_relation = |at: &usize| self.words[*at].starts_with("relation");
        let directly = (0..at).rev().find(|before| !is_relation(before));
        let mut same = (0..self.words.len()).filter(|other| self.words[*other] == self.words[at]);
        let first = same.next().unwrap_or(at);
        let is_repeated = same.next().is_some();
        directly.is_some_and(|before| {
            self.names_relative(before) || (is_repeated && self.names_another(before))
        }) || (first + 1..at)
            .any(|before| self.names_relative(before) || self.names_another(before))
    }

    /// Returns whether a column is about somebody whose number stands behind them, and holds none.
    fn names_relative(&self, at: usize) -> bool {
        let header = self.headers[at];
        // The second one is Odoo's column for the company of a contact.
        let is_company = || {
            (likely::has_any(header, "parent") && likely::has_whole_word(header, NO_PERSON))
                || (self.words[at] == "parentname" && header.contains('_'))
        };
        self.is_about(at, THEIR_NUMBER_FOLLOWS) && !likely::holds_number(header) && !is_company()
    }

    /// Returns whether a column names another person than the first one in the row.
    fn names_another(&self, at: usize) -> bool {
        let is_name = |meaning: Meaning| {
            matches!(
                meaning,
                Meaning::Own(Field::Name)
                    | Meaning::Synonym(Field::Name)
                    | Meaning::Part(_)
                    | Meaning::Role(_, RoleMeaning::Name)
            )
        };
        let is_second = matches!(self.meanings[at], Meaning::Role(_, RoleMeaning::Name))
            && self.meanings[..at].iter().any(|meaning| is_name(*meaning));
        let header = self.headers[at];
        is_second || (self.is_about(at, THEIR_NUMBER_MAY_FOLLOW) && !likely::holds_number(header))
    }

    fn is_about(&self, at: usize, people: &'static str) -> bool {
        likely::has_any(self.headers[at], people)
            || people.split(' ').any(|word| word == self.words[at])
    }

    pub(super) fn has_role_number(&self) -> bool {
        self.has(|meaning| matches!(meaning, Meaning::Role(_, RoleMeaning::Number(_))))
    }

    /// The roles of those whom a column of this kind is about, each once.
    fn roles(&self, is_wanted: impl Fn(RoleMeaning) -> bool) -> Vec<Role> {
        let mut roles = Vec::new();
        for meaning in &self.meanings {
            if let Meaning::Role(role, what) = meaning
                && is_wanted(*what)
                && !roles.contains(role)
            {
                roles.push(*role);
            }
        }
        // The one who pays is the contact, not the one who gets the order.
        if roles.iter().any(|role| role.pays()) {
            roles.retain(|role| !role.receives());
        }
        roles
    }

    /// Decides for the names and the numbers of people with a role whether they are the contact's:
    /// only where the file has no plainer ones, and only one such role has them. A name and a number
    /// are of one person: where somebody with a role has both, neither goes with a plain one.
    pub(super) fn choose_roles(&mut self) {
        let number = |what| matches!(what, RoleMeaning::Number(_));
        let (named, mut numbered) = (self.roles(|what| !number(what)), self.roles(number));
        // A student with a number has no need of a parent's.
        if numbered.iter().any(|role| role.can_be_contact() && named.contains(role)) {
            numbered.retain(|role| role.can_be_contact());
        }
        let (has_name, has_number) = (self.has_name(), self.has_number());
        let has_both = |role: Role| {
            let is_named = named.contains(&role) || self.has_word(role.0);
            is_named && numbered.contains(&role) && !role.pays()
        };
        let is_contact = |role: &Role| {
            role.can_be_contact() && !self.is_somebody_elses_heir(*role, has_name, &named)
        };
        let number_role = match *numbered.as_slice() {
            [one] if is_contact(&one) && !(has_name && has_both(one)) => Some(one),
            _ => None,
        };
        let of_relatives = !has_number && !numbered.is_empty() && number_role.is_none();
        let name_role = match *named.as_slice() {
            _ if has_name || of_relatives => None,
            [one] if is_contact(&one) && !(has_number && has_both(one)) => Some(one),
            _ => number_role.filter(|role| !has_number && named.contains(role)),
        };
        // A number beside the name of somebody with another role is somebody else's.
        let is_theirs = |role: Role| name_role.is_none_or(|name| name == role);
        for meaning in &mut self.meanings {
            *meaning = match *meaning {
                Meaning::Role(role, what @ RoleMeaning::Number(_)) => match has_number {
                    false if number_role == Some(role) && is_theirs(role) => what.of_contact(),
                    true if role.pays() && number_role == Some(role) => Meaning::SpareNumber,
                    _ => Meaning::Unknown,
                },
                Meaning::Role(role, what) if name_role == Some(role) => what.of_contact(),
                Meaning::Role(..) => Meaning::Unknown,
                other => other,
            };
        }
    }

    /// Returns whether a beneficiary is one whom somebody else named, as in lists of insured people
    /// and of members, and not one who gets help.
    fn is_somebody_elses_heir(&self, role: Role, has_name: bool, named: &[Role]) -> bool {
        let is_insurance =
            || self.words.iter().any(|word| INSURANCE.iter().any(|part| word.contains(part)));
        role.0 == "beneficiary"
            && (has_name || named.iter().any(|other| *other != role) || is_insurance())
    }
}
