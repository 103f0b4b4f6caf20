//! A DNS cache that all sender threads share.
//!
//! ureq calls its resolver for every request, and its own resolver starts a thread each time when
//! there is an overall timeout: at most 10,000 requests/s. With the cache that is one thread a
//! minute.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::{Authority, Scheme};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use ureq::unversioned::transport::time::Duration as Remaining;

/// The time for which the addresses of a lookup are used.
const TTL: Duration = Duration::from_secs(60);

/// The time for which they are used beyond that while one thread looks up the name again, and after
/// a lookup that failed.
const STALE_TTL: Duration = Duration::from_secs(5);

/// The time for which a failed lookup counts when there are no stale addresses, so that many
/// threads do not wait one after the other for the same timeout.
const NEGATIVE_TTL: Duration = Duration::from_secs(1);

type Lookup = Result<ResolvedSocketAddrs, Error>;

/// The addresses of the gateway, and perhaps of a proxy.
#[derive(Debug, Clone, Default)]
pub(super) struct DnsCache(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    hosts: Mutex<Vec<Host>>,
    /// Held during the first lookup of a name.
    first_lookup: Mutex<()>,
}

#[derive(Debug)]
struct Host {
    scheme: Scheme,
    authority: Authority,
    /// Empty when the lookup failed.
    addresses: ResolvedSocketAddrs,
    expires: Instant,
}

impl Host {
    fn is_of(&self, uri: &Uri) -> bool {
        uri.scheme() == Some(&self.scheme) && uri.authority() == Some(&self.authority)
    }
}

impl DnsCache {
    /// Moves the first address of each host to the end, because it did not answer.
    pub(super) fn rotate(&self) {
        let mut hosts = lock(&self.0.hosts);
        for host in hosts.iter_mut().filter(|host| host.addresses.len() > 1) {
            host.addresses.rotate_left(1);
        }
    }

    /// The cached addresses of `uri`'s host. When they have expired, the first caller gets `None`
    /// and looks the name up; the others use the stale addresses meanwhile.
    fn get(&self, uri: &Uri, now: Instant) -> Option<ResolvedSocketAddrs> {
        let mut hosts = lock(&self.0.hosts);
        let host = hosts.iter_mut().find(|host| host.is_of(uri))?;
        if now >= host.expires {
            host.expires = now + STALE_TTL;
            return None;
        }
        Some(host.addresses.clone())
    }

    fn contains(&self, uri: &Uri) -> bool {
        lock(&self.0.hosts).iter().any(|host| host.is_of(uri))
    }

    /// Stores the result of a lookup at `now`; `None` for a failed one, which keeps stale
    /// addresses.
    pub(super) fn insert(&self, uri: &Uri, found: Option<&ResolvedSocketAddrs>, now: Instant) {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return;
        };
        let mut hosts = lock(&self.0.hosts);
        let stale = hosts.iter().position(|host| host.is_of(uri)).map(|at| hosts.swap_remove(at));
        let stale = stale.map(|host| host.addresses).filter(|addresses| !addresses.is_empty());
        let (addresses, ttl) = match (found, stale) {
            (Some(found), _) => (found.clone(), TTL),
            (None, Some(stale)) => (stale, STALE_TTL),
            (None, None) => (DefaultResolver::default().empty(), NEGATIVE_TTL),
        };
        hosts.push(Host {
            scheme: scheme.clone(),
            authority: authority.clone(),
            addresses,
            expires: now + ttl,
        });
    }

    fn find(&self, uri: &Uri, config: &Config, timeout: NextTimeout, now: Instant) -> Lookup {
        if let Some(addresses) = self.get(uri, now) {
            return not_empty(addresses);
        }
        if self.contains(uri) {
            return self.look_up(uri, config, timeout, now);
        }
        let _one_at_a_time = lock(&self.0.first_lookup);
        match self.get(uri, now) {
            Some(addresses) => not_empty(addresses),
            None => self.look_up(uri, config, timeout, now),
        }
    }

    /// Looks the name up in the system; returns stale addresses when that fails.
    fn look_up(&self, uri: &Uri, config: &Config, timeout: NextTimeout, now: Instant) -> Lookup {
        let found = look_up_in_time(uri, config, timeout);
        self.insert(uri, found.as_ref().ok(), now);
        match self.get(uri, now) {
            Some(stale) if found.is_err() && !stale.is_empty() => Ok(stale),
            _ => found,
        }
    }
}

impl Resolver for DnsCache {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Lookup {
        self.find(uri, config, timeout, Instant::now())
    }
}

/// Looks a name up in a thread of its own, as ureq's resolver does, so that the wait has an end.
/// ureq panics where the system allows no more threads; here the lookup then has no timeout.
fn look_up_in_time(uri: &Uri, config: &Config, timeout: NextTimeout) -> Lookup {
    let without_end = NextTimeout { after: Remaining::NotHappening, ..timeout };
    let (sender, found) = mpsc::sync_channel(1);
    let (of_thread, with) = (uri.clone(), config.clone());
    let started = thread::Builder::new().spawn(move || {
        // Fails when the lookup took too long.
        let _ = sender.send(DefaultResolver::default().resolve(&of_thread, &with, without_end));
    });
    match (started, timeout.after) {
        (Ok(_), Remaining::Exact(left)) => {
            found.recv_timeout(left).unwrap_or(Err(Error::Timeout(timeout.reason)))
        }
        (Ok(_), Remaining::NotHappening) => found.recv().unwrap_or(Err(Error::HostNotFound)),
        (Err(_), _) => DefaultResolver::default().resolve(uri, config, without_end),
    }
}

fn not_empty(addresses: ResolvedSocketAddrs) -> Lookup {
    if addresses.is_empty() {
        return Err(Error::HostNotFound);
    }
    Ok(addresses)
}

/// A panic in another thread leaves the data behind the lock consistent.
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
    fn addresses_are_used_for_a_minute() {
        let (cache, start) = (DnsCache::default(), Instant::now());
        assert_eq!(cache.get(&uri(), start), None);
        cache.insert(&uri(), Some(&addresses(&[1])), start);
        assert_eq!(cache.get(&uri(), start), Some(addresses(&[1])));
        assert_eq!(cache.get(&uri(), start + seconds(59)), Some(addresses(&[1])));
        assert_eq!(cache.get(&uri(), start + seconds(60)), None);
    }

    #[test]
    fn one_caller_looks_up_again_while_the_others_use_stale_addresses() {
        let (cache, start) = (DnsCache::default(), Instant::now());
        cache.insert(&uri(), Some(&addresses(&[1])), start);
        let later = start + seconds(61);
        assert_eq!(cache.get(&uri(), later), None);
        assert_eq!(cache.get(&uri(), later), Some(addresses(&[1])));
        cache.insert(&uri(), Some(&addresses(&[2])), later);
        assert_eq!(cache.get(&uri(), later), Some(addresses(&[2])));
    }

    #[test]
    fn a_failed_lookup_keeps_stale_addresses() {
        let (cache, start) = (DnsCache::default(), Instant::now());
        cache.insert(&uri(), Some(&addresses(&[1])), start);
        let later = start + seconds(61);
        cache.insert(&uri(), None, later);
        assert_eq!(cache.get(&uri(), later), Some(addresses(&[1])));
        assert_eq!(cache.get(&uri(), later + STALE_TTL), None);
    }

    #[test]
    fn a_failed_lookup_counts_for_a_second() {
        let (cache, start) = (DnsCache::default(), Instant::now());
        cache.insert(&uri(), None, start);
        assert_eq!(cache.get(&uri(), start), Some(addresses(&[])));
        assert_eq!(cache.get(&uri(), start + seconds(1)), None);
        assert!(matches!(not_empty(addresses(&[])), Err(Error::HostNotFound)));
    }

    #[test]
    fn each_host_has_its_own_addresses_which_are_rotated() {
        let (cache, now) = (DnsCache::default(), Instant::now());
        let proxy = Uri::from_static("http://proxy.example:3128");
        cache.insert(&uri(), Some(&addresses(&[1, 2, 3])), now);
        cache.insert(&proxy, Some(&addresses(&[9])), now);
        cache.rotate();
        assert_eq!(cache.get(&uri(), now), Some(addresses(&[2, 3, 1])));
        assert_eq!(cache.get(&proxy, now), Some(addresses(&[9])));
        let clear = Uri::from_static("http://gateway.example/");
        assert_eq!(cache.get(&clear, now), None);
    }

    #[test]
    fn the_system_looks_up_once_a_minute() {
        let (cache, start) = (DnsCache::default(), Instant::now());
        let local = Uri::from_static("http://127.0.0.1:9/");
        let find = |now| {
            let timeout = NextTimeout::default();
            cache.find(&local, &Config::default(), timeout, now).unwrap()
        };
        let system = [SocketAddr::from(([127, 0, 0, 1], 9))];
        assert_eq!(find(start)[..], system);
        // A wrong address in the cache shows where a result comes from.
        cache.insert(&local, Some(&addresses(&[7])), start);
        assert_eq!(find(start + seconds(59)), addresses(&[7]));
        assert_eq!(find(start + seconds(60))[..], system);
        assert_eq!(find(start + seconds(119))[..], system);
    }
}
