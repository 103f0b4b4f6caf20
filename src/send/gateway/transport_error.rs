//! The HTTP client's errors as failures: no whole response came.

use std::io;

use ureq::{Error, Timeout};

use crate::send::outcome::{Code, Failure, FailureKind};

/// The statuses of a proxy that will not pass by themselves.
const PROXY_REFUSALS: [&str; 6] = ["400", "401", "403", "404", "405", "407"];

/// The system's error numbers for "too many open files", of this process (`EMFILE`) and of all
/// (`ENFILE`). They are the same on Linux and macOS.
const TOO_MANY_FILES: [i32; 2] = [24, 23];

/// The failure that an error means; `written` says whether any byte of the request may have been
/// sent.
pub(super) fn failure(error: &Error, written: bool) -> Failure {
    let (kind, code) = match written {
        true => after_writing(error),
        false => before_writing(error),
    };
    Failure::unanswered(kind, Code::Word(code), reason(error))
}

fn after_writing(error: &Error) -> (FailureKind, &'static str) {
    match error {
        Error::Protocol(_) | Error::LargeResponseHeader(..) => {
            (FailureKind::Unreadable, "unreadable")
        }
        _ => (FailureKind::Lost, "lost"),
    }
}

fn before_writing(error: &Error) -> (FailureKind, &'static str) {
    match error {
        Error::Io(error)
            if error.raw_os_error().is_some_and(|number| TOO_MANY_FILES.contains(&number)) =>
        {
            (FailureKind::OwnLimit, "limit")
        }
        Error::ConnectProxyFailed(text)
            if PROXY_REFUSALS.iter().any(|status| text.contains(status)) =>
        {
            (FailureKind::SetUp, "proxy")
        }
        // ureq wraps the errors of rustls in an I/O error, of which only the text can be read.
        Error::Io(error) if error.to_string().contains("peer certificate") => {
            (FailureKind::SetUp, "certificate")
        }
        // The server does not speak TLS.
        Error::Io(error) if error.to_string().contains("InvalidContentType") => {
            (FailureKind::SetUp, "no_tls")
        }
        _ => (FailureKind::NotConnected, "not_connected"),
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

    fn io(kind: io::ErrorKind, text: &str) -> Error {
        Error::Io(io::Error::new(kind, text.to_owned()))
    }

    #[test]
    fn an_error_after_the_first_written_byte_may_have_been_sent() {
        use io::ErrorKind::{ConnectionRefused, ConnectionReset, InvalidData, UnexpectedEof};
        let proxy = |status| Error::ConnectProxyFailed(format!("proxy server responded {status}"));
        #[rustfmt::skip]
        let cases = [
            (io(ConnectionRefused, ""),                                false, FailureKind::NotConnected, "not_connected"),
            (io(ConnectionReset, ""),                                  false, FailureKind::NotConnected, "not_connected"),
            (io(ConnectionReset, ""),                                  true,  FailureKind::Lost,         "lost"),
            (io(UnexpectedEof, ""),                                    true,  FailureKind::Lost,         "lost"),
            (Error::Timeout(Timeout::Connect),                         false, FailureKind::NotConnected, "not_connected"),
            (Error::Timeout(Timeout::Resolve),                         false, FailureKind::NotConnected, "not_connected"),
            (Error::Timeout(Timeout::Global),                          false, FailureKind::NotConnected, "not_connected"),
            (Error::Timeout(Timeout::Global),                          true,  FailureKind::Lost,         "lost"),
            (Error::HostNotFound,                                      false, FailureKind::NotConnected, "not_connected"),
            (Error::LargeResponseHeader(70_000, 65_536),               true,  FailureKind::Unreadable,   "unreadable"),
            (io(InvalidData, "invalid peer certificate: Expired"),     false, FailureKind::SetUp,        "certificate"),
            (io(InvalidData, "received fatal alert: HandshakeFailure"), false, FailureKind::NotConnected, "not_connected"),
            (proxy("407/407"),                                         false, FailureKind::SetUp,        "proxy"),
            (proxy("502/502"),                                         false, FailureKind::NotConnected, "not_connected"),
            (Error::ConnectProxyFailed("proxy server did not respond".into()), false, FailureKind::NotConnected, "not_connected"),
        ];
        for (error, written, kind, code) in cases {
            let failure = failure(&error, written);
            assert_eq!(failure.kind, kind, "{error} {written}");
            assert_eq!(failure.code, Code::Word(code), "{error} {written}");
            assert_eq!(failure.kind.surely_not_sent(), !written, "{error} {written}");
        }
    }

    #[test]
    fn reasons_are_words_without_error_numbers() {
        let refused = failure(&Error::Io(io::Error::from_raw_os_error(111)), false);
        assert_eq!(refused.in_full(), "not connected to the gateway: connection refused");
        for number in TOO_MANY_FILES {
            let limit = failure(&Error::Io(io::Error::from_raw_os_error(number)), false);
            assert_eq!(limit.kind, FailureKind::OwnLimit);
        }
        let late = failure(&Error::Timeout(Timeout::Global), true);
        assert_eq!(late.in_full(), "the answer was lost; it may have been sent: no answer in time");
    }
}
