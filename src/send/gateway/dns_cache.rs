//! Host names to addresses, remembered for a minute and shared by all sender threads.
//!
//! ureq asks its resolver for every request, and its own one makes a thread each time when there is
//! an overall timeout: 10,000 requests/s at most. This one makes a thread a minute.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::{Authority, Scheme};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long addresses are good for.
const REMEMBER: Duration = Duration::from_secs(60);

/// How long old addresses go on being used while somebody looks for new ones, and after a lookup
/// that failed: an old address is better than none.
const GRACE: Duration = Duration::from_secs(5);

/// How long a failed lookup is believed when there is no old address, so that many threads do not
/// wait one after the other for the same silence.
const DISAPPOINTED: Duration = Duration::from_secs(1);

type Found = Result<ResolvedSocketAddrs, Error>;

/// The remembered addresses: the gateway's, and perhaps a proxy's.
#[derive(Debug, Clone, Default)]
pub(super) struct DnsCache(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    known: Mutex<Vec<Known>>,
    /// Held by the one who looks up a name that nobody knows yet.
    looking: Mutex<()>,
    system: DefaultResolver,
}

#[derive(Debug)]
struct Known {
    scheme: Scheme,
    authority: Authority,
    /// Empty when the lookup failed.
    addresses: ResolvedSocketAddrs,
    until: Instant,
}

impl Known {
    fn is_of(&self, uri: &Uri) -> bool {
        uri.scheme() == Some(&self.scheme) && uri.authority() == Some(&self.authority)
    }
}

impl DnsCache {
    /// Begins with the next address from now on: the first one did not answer.
    pub(super) fn rotate(&self) {
        let mut known = lock(&self.0.known);
        for host in known.iter_mut().filter(|host| host.addresses.len() > 1) {
            host.addresses.rotate_left(1);
        }
    }

    /// What is known of `uri`'s host at `now`. Of those who find that it has become old, only the
    /// first one is told nothing and so looks again; the others use it a little longer.
    fn recall(&self, uri: &Uri, now: Instant) -> Option<ResolvedSocketAddrs> {
        let mut known = lock(&self.0.known);
        let host = known.iter_mut().find(|host| host.is_of(uri))?;
        if now >= host.until {
            host.until = now + GRACE;
            return None;
        }
        Some(host.addresses.clone())
    }

    fn has_met(&self, uri: &Uri) -> bool {
        lock(&self.0.known).iter().any(|host| host.is_of(uri))
    }

    /// Notes what a lookup at `now` found; nothing found does not replace old addresses.
    fn note(&self, uri: &Uri, found: Option<&ResolvedSocketAddrs>, now: Instant) {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return;
        };
        let mut known = lock(&self.0.known);
        let old = known.iter().position(|host| host.is_of(uri)).map(|at| known.swap_remove(at));
        let old = old.map(|host| host.addresses).filter(|addresses| !addresses.is_empty());
        let (addresses, good_for) = match (found, old) {
            (Some(found), _) => (found.clone(), REMEMBER),
            (None, Some(old)) => (old, GRACE),
            (None, None) => (self.0.system.empty(), DISAPPOINTED),
        };
        known.push(Known {
            scheme: scheme.clone(),
            authority: authority.clone(),
            addresses,
            until: now + good_for,
        });
    }

    fn find(&self, uri: &Uri, config: &Config, timeout: NextTimeout, now: Instant) -> Found {
        if let Some(addresses) = self.recall(uri, now) {
            return some(addresses);
        }
        if self.has_met(uri) {
            return self.look_up(uri, config, timeout, now);
        }
        let _one_at_a_time = lock(&self.0.looking);
        match self.recall(uri, now) {
            Some(addresses) => some(addresses),
            None => self.look_up(uri, config, timeout, now),
        }
    }

    /// Asks the system, and falls back on old addresses when it knows nothing.
    fn look_up(&self, uri: &Uri, config: &Config, timeout: NextTimeout, now: Instant) -> Found {
        let found = self.0.system.resolve(uri, config, timeout);
        self.note(uri, found.as_ref().ok(), now);
        match self.recall(uri, now) {
            Some(old) if found.is_err() && !old.is_empty() => Ok(old),
            _ => found,
        }
    }
}

impl Resolver for DnsCache {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Found {
        self.find(uri, config, timeout, Instant::now())
    }
}

fn some(addresses: ResolvedSocketAddrs) -> Found {
    if addresses.is_empty() {
        return Err(Error::HostNotFound);
    }
    Ok(addresses)
}

/// The list stays whole whoever panics while holding it, so poison is no reason to stop sending.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    fn uri() -> Uri {
        Uri::from_static("https://gateway.example/api/v1/whatsapp/contact")
    }

    fn addresses(last: &[u8]) -> ResolvedSocketAddrs {
        let mut list = DefaultResolver::default().empty();
        for n in last {
            list.push(SocketAddr::from(([192, 0, 2, *n], 443)));
        }
        list
    }

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn addresses_are_remembered_for_a_minute() {
        let (book, start) = (DnsCache::default(), Instant::now());
        assert_eq!(book.recall(&uri(), start), None);
        book.note(&uri(), Some(&addresses(&[1])), start);
        assert_eq!(book.recall(&uri(), start), Some(addresses(&[1])));
        assert_eq!(book.recall(&uri(), start + seconds(59)), Some(addresses(&[1])));
        assert_eq!(book.recall(&uri(), start + seconds(60)), None);
    }

    #[test]
    fn one_looks_again_while_the_others_go_on() {
        let (book, start) = (DnsCache::default(), Instant::now());
        book.note(&uri(), Some(&addresses(&[1])), start);
        let later = start + seconds(61);
        assert_eq!(book.recall(&uri(), later), None);
        assert_eq!(book.recall(&uri(), later), Some(addresses(&[1])));
        book.note(&uri(), Some(&addresses(&[2])), later);
        assert_eq!(book.recall(&uri(), later), Some(addresses(&[2])));
    }

    #[test]
    fn an_old_address_is_better_than_none() {
        let (book, start) = (DnsCache::default(), Instant::now());
        book.note(&uri(), Some(&addresses(&[1])), start);
        let later = start + seconds(61);
        book.note(&uri(), None, later);
        assert_eq!(book.recall(&uri(), later), Some(addresses(&[1])));
        assert_eq!(book.recall(&uri(), later + GRACE), None);
    }

    #[test]
    fn a_failed_lookup_is_believed_for_a_second() {
        let (book, start) = (DnsCache::default(), Instant::now());
        book.note(&uri(), None, start);
        assert_eq!(book.recall(&uri(), start), Some(addresses(&[])));
        assert_eq!(book.recall(&uri(), start + seconds(1)), None);
        assert!(matches!(some(addresses(&[])), Err(Error::HostNotFound)));
    }

    #[test]
    fn hosts_are_kept_apart_and_rotated() {
        let (book, now) = (DnsCache::default(), Instant::now());
        let proxy = Uri::from_static("http://proxy.example:3128");
        book.note(&uri(), Some(&addresses(&[1, 2, 3])), now);
        book.note(&proxy, Some(&addresses(&[9])), now);
        book.rotate();
        assert_eq!(book.recall(&uri(), now), Some(addresses(&[2, 3, 1])));
        assert_eq!(book.recall(&proxy, now), Some(addresses(&[9])));
        let clear = Uri::from_static("http://gateway.example/");
        assert_eq!(book.recall(&clear, now), None);
    }

    #[test]
    fn the_system_is_asked_once_a_minute() {
        let (book, start) = (DnsCache::default(), Instant::now());
        let local = Uri::from_static("http://127.0.0.1:9/");
        let find = |now| {
            let timeout = NextTimeout::default();
            book.find(&local, &Config::default(), timeout, now).unwrap()
        };
        let told = [SocketAddr::from(([127, 0, 0, 1], 9))];
        assert_eq!(find(start)[..], told);
        // A false memory shows who answers.
        book.note(&local, Some(&addresses(&[7])), start);
        assert_eq!(find(start + seconds(59)), addresses(&[7]));
        assert_eq!(find(start + seconds(60))[..], told);
        assert_eq!(find(start + seconds(119))[..], told);
    }
}
