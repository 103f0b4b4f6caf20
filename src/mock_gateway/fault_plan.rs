//! Decides which fault a request gets: by script, every Nth, or at random. The decision
//! depends on the seed and the request's number only, so a run can be repeated.

use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use super::faults::Fault;

/// A fault and its rate: `500=2%`, `429:retry-after=2=10%`, `lost=every=50`.
#[derive(Debug, Clone, PartialEq)]
pub struct RatedFault {
    fault: Arc<Fault>,
    rate: Rate,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Rate {
    /// A share of all requests, from 0 to 1.
    Share(f64),
    /// The requests whose number is a multiple of this.
    Every(u64),
}

impl FromStr for RatedFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let split = text.rsplit_once("=every=").map(|(fault, n)| (fault, every(n)));
        let split =
            split.or_else(|| text.rsplit_once('=').map(|(fault, rate)| (fault, share(rate))));
        let rated = split.and_then(|(fault, rate)| Some((fault, rate?)));
        let (fault, rate) = rated.ok_or_else(|| {
            format!("`{text}` does not end with a rate (try 500=2% or lost=every=50)")
        })?;
        Ok(Self { fault: Arc::new(fault.parse()?), rate })
    }
}

fn every(text: &str) -> Option<Rate> {
    text.parse().ok().filter(|n| *n > 0).map(Rate::Every)
}

fn share(text: &str) -> Option<Rate> {
    let percent: f64 = text.strip_suffix('%')?.parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(Rate::Share(percent / 100.0))
}

/// Faults by request number: `3:500,4-6:429:retry-after=1,10-:lost`.
///
/// Entries are separated by commas, or by line breaks if there are any (then blank lines and lines
/// that begin with `#` are ignored). The first entry with a request's number decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Script(Vec<(RangeInclusive<u64>, Arc<Fault>)>);

impl Script {
    /// Reads the script from the file with this name, or from the text itself if there is none.
    pub(super) fn from_file_or_text(text: &str) -> Result<Self, String> {
        if !Path::new(text).is_file() {
            return text.parse();
        }
        let content = std::fs::read_to_string(text).map_err(|error| format!("{text}: {error}"))?;
        // The line break at the end makes it a list of lines, even with one entry.
        format!("{content}\n").parse().map_err(|problem| format!("{text}: {problem}"))
    }
}

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let separator = if text.contains('\n') { '\n' } else { ',' };
        let entries = text.split(separator).map(str::trim);
        let entries = entries.filter(|entry| !entry.is_empty() && !entry.starts_with('#'));
        entries.map(entry).collect::<Result<_, _>>().map(Self)
    }
}

fn entry(text: &str) -> Result<(RangeInclusive<u64>, Arc<Fault>), String> {
    let wrong = || format!("`{text}` is not NUMBER:FAULT (try 3:500, 4-6:429 or 10-:lost)");
    let (numbers, fault) = text.split_once(':').ok_or_else(wrong)?;
    let range = match numbers.split_once('-') {
        None => numbers.parse().map(|n| n..=n),
        Some((first, "")) => first.parse().map(|first| first..=u64::MAX),
        Some((first, last)) => first.parse().and_then(|first| Ok(first..=last.parse()?)),
    };
    let range = range.map_err(|_| wrong())?;
    if range.is_empty() || *range.start() == 0 {
        return Err(wrong());
    }
    Ok((range, Arc::new(fault.parse()?)))
}

/// All faults of a gateway.
#[derive(Debug)]
pub(super) struct FaultPlan {
    seed: u64,
    script: Option<Script>,
    rated: Vec<RatedFault>,
}

impl FaultPlan {
    /// Makes a plan.
    ///
    /// # Errors
    /// The shares are more than 100 % together.
    pub(super) fn new(
        seed: u64,
        script: Option<Script>,
        rated: Vec<RatedFault>,
    ) -> Result<Self, String> {
        let shares = rated.iter().map(|fault| match fault.rate {
            Rate::Share(share) => share,
            Rate::Every(_) => 0.0,
        });
        let total: f64 = shares.sum();
        if total > 1.0 + 1e-9 {
            let percent = total * 100.0;
            return Err(format!(
                "the rates of all --fault together are {percent:.0} %, over 100 %"
            ));
        }
        Ok(Self { seed, script, rated })
    }

    /// The fault of request `n` (from 1): by script, else every Nth, else at random.
    pub(super) fn fault(&self, n: u64) -> Option<&Arc<Fault>> {
        self.scripted(n).or_else(|| self.every_nth(n)).or_else(|| self.random(n))
    }

    fn scripted(&self, n: u64) -> Option<&Arc<Fault>> {
        let mut entries = self.script.iter().flat_map(|script| &script.0);
        entries.find(|(range, _)| range.contains(&n)).map(|(_, fault)| fault)
    }

    fn every_nth(&self, n: u64) -> Option<&Arc<Fault>> {
        let due = |rate| matches!(rate, Rate::Every(every) if n.is_multiple_of(every));
        let mut rated = self.rated.iter();
        rated.find(|fault| due(fault.rate)).map(|fault| &fault.fault)
    }

    fn random(&self, n: u64) -> Option<&Arc<Fault>> {
        if self.rated.is_empty() {
            return None;
        }
        let mut left = draw(self.seed, n);
        for fault in &self.rated {
            if let Rate::Share(share) = fault.rate {
                if left < share {
                    return Some(&fault.fault);
                }
                left -= share;
            }
        }
        None
    }
}

/// The random number (from 0 to 1) of request `n` with this seed.
pub(super) fn draw(seed: u64, n: u64) -> f64 {
    // Similar seeds give similar numbers; the multiplication spreads `n` over all bits.
    let spread = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    fastrand::Rng::with_seed(seed ^ spread).f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(seed: u64, script: &str, rated: &[&str]) -> FaultPlan {
        let script = (!script.is_empty()).then(|| script.parse().unwrap());
        let rated = rated.iter().map(|text| text.parse().unwrap()).collect();
        FaultPlan::new(seed, script, rated).unwrap()
    }

    fn faults_of(plan: &FaultPlan, numbers: RangeInclusive<u64>) -> Vec<&str> {
        numbers.map(|n| plan.fault(n).map_or("-", |fault| &fault.text)).collect()
    }

    #[test]
    fn a_script_strikes_the_requests_with_its_numbers() {
        let plan = plan(0, "2:500,3-4:429:retry-after=1,3:lost,6-:reset", &[]);
        let expected =
            ["-", "500", "429:retry-after=1", "429:retry-after=1", "-", "reset", "reset"];
        assert_eq!(faults_of(&plan, 1..=7), expected);
    }

    #[test]
    fn lines_may_contain_commas_and_comments() {
        let plan = plan(0, "# trouble\n\n1:500:body={\"a\":1,\"b\":2}\n  2:lost\n", &[]);
        assert_eq!(faults_of(&plan, 1..=3), ["500:body={\"a\":1,\"b\":2}", "lost", "-"]);
    }

    #[test]
    fn the_script_decides_before_the_rates() {
        let plan = plan(0, "4:200", &["500=every=2", "lost=100%"]);
        assert_eq!(faults_of(&plan, 1..=4), ["lost", "500", "lost", "200"]);
    }

    #[test]
    fn random_faults_have_their_rates_and_depend_on_the_seed() {
        let rated = ["500=2%", "lost=10%", "429:retry-after=2=0.5%"];
        let first = plan(7, "", &rated);
        let faults = faults_of(&first, 1..=20_000);
        let count = |text| faults.iter().filter(|fault| **fault == text).count();
        assert!((340..460).contains(&count("500")), "{}", count("500"));
        assert!((1_850..2_150).contains(&count("lost")), "{}", count("lost"));
        assert!((65..140).contains(&count("429:retry-after=2")));
        assert_eq!(faults, faults_of(&plan(7, "", &rated), 1..=20_000));
        assert_ne!(faults, faults_of(&plan(8, "", &rated), 1..=20_000));
    }

    #[test]
    fn none_of_0_percent_and_all_of_100_percent_are_struck() {
        let never = plan(1, "", &["500=0%"]);
        assert!((1..5_000).all(|n| never.fault(n).is_none()));
        let always = plan(1, "", &["500=30%", "lost=70%"]);
        assert!((1..5_000).all(|n| always.fault(n).is_some()));
    }

    #[test]
    fn the_error_names_the_problem() {
        for text in ["500", "500=2", "500=101%", "500=-1%", "500=every=0", "500=NaN%", "=2%"] {
            assert!(text.parse::<RatedFault>().is_err(), "{text}");
        }
        for text in ["500", "0:500", "5-3:500", "x:500", "3:explode", "-3:500"] {
            assert!(text.parse::<Script>().is_err(), "{text}");
        }
        let both = ["500=60%", "lost=41%"].map(|text| text.parse().unwrap());
        let error = FaultPlan::new(0, None, both.to_vec()).unwrap_err();
        assert_eq!(error, "the rates of all --fault together are 101 %, over 100 %");
    }
}
