//! What a run sends, as the third line of its lock file says it: by this a second run knows whether it
//! would send the same messages.

/// What a run sends: two runs of the same name must not go on at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunName {
    /// The gateway as host or host:port, or [`REHEARSAL`](super::names::REHEARSAL).
    pub gateway: String,
    /// The sender, digits only.
    pub from: String,
    /// The share of the list, as `1/1`.
    pub shard: String,
    /// The campaign, empty by default.
    pub campaign: String,
}

impl RunName {
    /// The line of a lock file: `run GATEWAY SENDER SHARD CAMPAIGN`.
    pub(super) fn to_line(&self) -> String {
        let Self { gateway, from, shard, campaign } = self;
        format!("run {gateway} {from} {shard} {campaign}\n")
    }

    /// Reads the line of a lock file.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("run ")?.splitn(4, ' ').map(str::to_owned);
        let (gateway, from) = (words.next()?, words.next()?);
        Some(Self { gateway, from, shard: words.next()?, campaign: words.next()? })
    }

    /// Returns whether both runs may send the same message.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let disjoint = || {
            let shards = (self.shard.split_once('/'), other.shard.split_once('/'));
            matches!(shards, (Some((one, of)), Some((another, of_other))) if of == of_other && one != another)
        };
        (&self.gateway, &self.from, &self.campaign)
            == (&other.gateway, &other.from, &other.campaign)
            && !disjoint()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn run(gateway: &str, from: &str, shard: &str, campaign: &str) -> RunName {
        let [gateway, from, shard, campaign] = [gateway, from, shard, campaign].map(str::to_owned);
        RunName { gateway, from, shard, campaign }
    }

    #[test]
    fn runs_overlap_unless_they_send_other_messages() {
        let own = run("h", "1", "2/4", "spring sale");
        for (other, overlaps) in [
            (own.clone(), true),
            (run("other", "1", "2/4", "spring sale"), false),
            (run("h", "2", "2/4", "spring sale"), false),
            (run("h", "1", "2/4", ""), false),
            (run("h", "1", "3/4", "spring sale"), false),
            (run("h", "1", "2/8", "spring sale"), true),
            (run("h", "1", "3/8", "spring sale"), true),
            (run("h", "1", "1/1", "spring sale"), true),
        ] {
            assert_eq!(own.overlaps(&other), overlaps, "{other:?}");
            assert_eq!(other.overlaps(&own), overlaps, "{other:?}");
            assert_eq!(RunName::parse(other.to_line().trim_end_matches('\n')), Some(other));
        }
        assert_eq!(RunName::parse("run h 1"), None);
    }
}
