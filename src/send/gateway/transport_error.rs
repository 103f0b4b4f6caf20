//! What it means when no whole answer came: the HTTP client's errors as failures.

use std::io;

use ureq::{Error, Timeout};

use crate::send::outcome::{Code, Failure, Kind};

/// Statuses of a proxy's refusal that no waiting mends.
const PROXY_SAYS_NO: [&str; 6] = ["400", "401", "403", "404", "405", "407"];

/// The failure behind an error. `written` is whether any byte of the request may have left.
pub(super) fn failure(error: &Error, written: bool) -> Failure {
    let (kind, code) = match written {
        true => after_writing(error),
        false => before_writing(error),
    };
    Failure::unanswered(kind, Code::Word(code), reason(error))
}

fn after_writing(error: &Error) -> (Kind, &'static str) {
    match error {
        Error::Protocol(_) | Error::LargeResponseHeader(..) => (Kind::Unreadable, "unreadable"),
        _ => (Kind::Lost, "lost"),
    }
}

fn before_writing(error: &Error) -> (Kind, &'static str) {
    match error {
        Error::ConnectProxyFailed(words) if PROXY_SAYS_NO.iter().any(|no| words.contains(no)) => {
            (Kind::SetUp, "proxy")
        }
        // rustls wraps its verdict in an I/O error; its words are all that can be asked.
        Error::Io(error) if error.to_string().contains("peer certificate") => {
            (Kind::SetUp, "certificate")
        }
        // Something answers there, but it does not speak TLS.
        Error::Io(error) if error.to_string().contains("InvalidContentType") => {
            (Kind::SetUp, "no_tls")
        }
        _ => (Kind::NotConnected, "not_connected"),
    }
}

fn reason(error: &Error) -> String {
    match error {
        Error::Io(error) => io_reason(error),
        Error::Timeout(Timeout::Resolve) => "the host name was not found in time".into(),
        Error::Timeout(Timeout::Connect) => "no connection in time".into(),
        Error::Timeout(_) => "no answer in time".into(),
        Error::HostNotFound => "host name not found".into(),
        other => other.to_string(),
    }
}

fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::ConnectionReset => "the connection was reset".into(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => {
            "the connection was closed".into()
        }
        io::ErrorKind::TimedOut => "no connection in time".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn io(kind: io::ErrorKind, words: &str) -> Error {
        Error::Io(io::Error::new(kind, words.to_owned()))
    }

    #[test]
    fn the_first_written_byte_divides_not_connected_from_lost() {
        use io::ErrorKind::{ConnectionRefused, ConnectionReset, InvalidData, UnexpectedEof};
        let proxy = |status| Error::ConnectProxyFailed(format!("proxy server responded {status}"));
        #[rustfmt::skip]
        let cases = [
            (io(ConnectionRefused, ""),                                false, Kind::NotConnected, "not_connected"),
            (io(ConnectionReset, ""),                                  false, Kind::NotConnected, "not_connected"),
            (io(ConnectionReset, ""),                                  true,  Kind::Lost,         "lost"),
            (io(UnexpectedEof, ""),                                    true,  Kind::Lost,         "lost"),
            (Error::Timeout(Timeout::Connect),                         false, Kind::NotConnected, "not_connected"),
            (Error::Timeout(Timeout::Resolve),                         false, Kind::NotConnected, "not_connected"),
            (Error::Timeout(Timeout::Global),                          false, Kind::NotConnected, "not_connected"),
            (Error::Timeout(Timeout::Global),                          true,  Kind::Lost,         "lost"),
            (Error::HostNotFound,                                      false, Kind::NotConnected, "not_connected"),
            (Error::LargeResponseHeader(70_000, 65_536),               true,  Kind::Unreadable,   "unreadable"),
            (io(InvalidData, "invalid peer certificate: Expired"),     false, Kind::SetUp,        "certificate"),
            (io(InvalidData, "received fatal alert: HandshakeFailure"), false, Kind::NotConnected, "not_connected"),
            (proxy("407/407"),                                         false, Kind::SetUp,        "proxy"),
            (proxy("502/502"),                                         false, Kind::NotConnected, "not_connected"),
            (Error::ConnectProxyFailed("proxy server did not respond".into()), false, Kind::NotConnected, "not_connected"),
        ];
        for (error, written, kind, code) in cases {
            let failure = failure(&error, written);
            assert_eq!(failure.kind, kind, "{error} {written}");
            assert_eq!(failure.code, Code::Word(code), "{error} {written}");
            assert_eq!(failure.surely_not_sent(), !written, "{error} {written}");
        }
    }

    #[test]
    fn reasons_are_words_and_not_numbers() {
        let refused = failure(&Error::Io(io::Error::from_raw_os_error(111)), false);
        assert_eq!(refused.in_full(), "not connected to the gateway: connection refused");
        let late = failure(&Error::Timeout(Timeout::Global), true);
        assert_eq!(late.in_full(), "the answer was lost; it may have been sent: no answer in time");
    }
}
