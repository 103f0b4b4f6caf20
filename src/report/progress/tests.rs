use std::time::Duration;

use jiff::Timestamp;

use super::blocked::why;
use super::meter::Still;
use super::words::{Shown, done_at};
use super::*;
use crate::eligibility::open_hours::Outside;
use crate::send::engine::{Trouble, TroubleAnswers};

const RUNNING: Snapshot = Snapshot {
    elapsed: second(3),
    allowed: 10.0,
    slowed: false,
    pause: None,
    stopping: None,
    signalled: false,
    posting: 0,
    waiting_for_recipients: 0,
    trouble: None,
    ends_after: None,
    down: false,
    next_try: None,
    closed_until: None,
};

const NO_BAR: Showing = Showing { when: When::Never, every: second(60), quiet: false };

const fn second(second: u64) -> Duration {
    Duration::from_secs(second)
}

/// A Friday in Nairobi.
fn at(time: &str) -> Timestamp {
    format!("2026-11-27T{time}+03:00").parse().unwrap()
}

fn facts() -> Facts {
    Facts {
        planned: 265,
        left_by_cap: 0,
        planned_held: 0,
        limit: None,
        before: MessageCounts { left: 265, ..MessageCounts::default() },
        zone: "Africa/Nairobi".parse().unwrap(),
        hours: None,
        ends_at: None,
        rate: "10/s".parse().unwrap(),
        recipient_rate: "1/6s".parse().unwrap(),
        to_one_takes: Duration::ZERO,
        timeout: second(30),
    }
}

fn with_hours(outside: Outside) -> Facts {
    let zone: Zone = "Africa/Nairobi".parse().unwrap();
    let hours = "09:00-18:00".parse().unwrap();
    Facts { hours: Some(OpenHours { hours, zone, outside }), ..facts() }
}

fn shown() -> Shown {
    Shown {
        done: 73,
        total: 265,
        rate: Some(10.0),
        slowed: None,
        done_at: Some(at("15:42:20")),
        not_sent: [(13, "refused"), (0, "failed"), (0, "unknown"), (0, "held")],
        blocked: None,
    }
}

fn trouble(lasts: u64, answers: TroubleAnswers) -> Snapshot {
    let trouble = Some(Trouble { lasts: second(lasts), answers });
    Snapshot { trouble, down: true, next_try: Some(Duration::from_millis(3_400)), ..RUNNING }
}

/// Nothing has happened for so long, with requests under way.
fn for_seconds(seconds: u64) -> Still {
    Still { ended: second(seconds), unanswered: second(seconds) }
}

#[test]
fn a_request_of_a_slow_rate_is_not_waited_for_at_once() {
    let snapshot = Snapshot { posting: 1, ..RUNNING };
    let still = Still { ended: second(30), unanswered: second(1) };
    assert_eq!(why(&snapshot, still, &facts(), at("15:40:00")), None);
    let mut progress = Progress::new(facts(), NO_BAR);
    let mut shown = None;
    // A message every 3 s, each answered within 100 ms.
    for tenth in 0..200 {
        let (done, posting) = (tenth / 30, u64::from(tenth % 30 == 29));
        let elapsed = Duration::from_millis(tenth * 100);
        let counts = MessageCounts { left: 265 - done, sent: done, ..MessageCounts::default() };
        let snapshot = Snapshot { elapsed, posting, ..RUNNING };
        shown = Some(progress.look(&snapshot, &counts, at("15:40:00")));
    }
    let rate = shown.unwrap().rate.map(|rate| (rate * 60.0).round());
    assert!(rate.is_some_and(|rate| (15.0..25.0).contains(&rate)), "{rate:?}");
}

#[test]
fn ten_seconds_are_shown_as_whole_ones() {
    let answers = TroubleAnswers { not_connected: 1, ..TroubleAnswers::default() };
    let lasts = Duration::from_millis(9_800);
    let trouble = Some(Trouble { answers, lasts });
    let snapshot = Snapshot { trouble, ..self::trouble(0, answers) };
    let shown = why(&snapshot, for_seconds(0), &facts(), at("15:40:00")).unwrap().text;
    assert_eq!(shown, "no connection for 10 s, next try in 4 s; nothing is lost");
}

#[test]
fn the_line_says_why_no_message_goes_out() {
    let none = TroubleAnswers::default();
    let unreachable = TroubleAnswers { not_connected: 20, ..none };
    let mixed = TroubleAnswers { server_errors: 3, ..unreachable };
    let pause = |pause| Snapshot { pause: Some(pause), slowed: true, ..RUNNING };
    let closed = |until| Snapshot { closed_until: Some(until), ..RUNNING };
    let tomorrow = "2026-11-28T09:00:00+03:00".parse().unwrap();
    let table = [
        (RUNNING, 0, None),
        (RUNNING, 60, None),
        (closed(tomorrow), 0, Some("outside 09:00-18:00 until tomorrow 09:00")),
        (
            trouble(14, unreachable),
            0,
            Some("no connection for 14 s, next try in 4 s; nothing is lost"),
        ),
        (
            Snapshot { next_try: None, ..trouble(75, unreachable) },
            0,
            Some("no connection for 1 min 15 s, trying now; nothing is lost"),
        ),
        (
            trouble(3, mixed),
            0,
            Some("the gateway is down for 3 s, next try in 4 s; nothing is lost"),
        ),
        (
            trouble(3, TroubleAnswers { lost: 2, ..none }),
            0,
            Some("no answer for 3 s, next try in 4 s; nothing is lost"),
        ),
        // A few failures while other messages go out are nothing to explain.
        (Snapshot { down: false, ..trouble(3, unreachable) }, 1, None),
        (
            Snapshot { down: false, ..trouble(3, unreachable) },
            2,
            Some("no connection for 3 s, next try in 4 s; nothing is lost"),
        ),
        (pause(second(12)), 0, Some("the gateway asked for a pause until 15:40:12")),
        (pause(second(7_300)), 0, Some("the gateway asked for a pause until 17:41")),
        (pause(Duration::from_millis(900)), 0, None),
        (
            Snapshot {
                pause: Some(second(9)),
                ..trouble(3, TroubleAnswers { throttled: 9, ..none })
            },
            3,
            Some("the gateway asked for a pause until 15:40:09"),
        ),
        (
            Snapshot { pause: Some(second(9)), ..trouble(3, unreachable) },
            3,
            Some("no connection for 3 s, next try in 4 s; nothing is lost"),
        ),
        (
            Snapshot { ends_after: Some(second(6)), ..pause(second(40)) },
            0,
            Some("pause until 15:40:40; the run ends at 15:40:06 (--retry-for)"),
        ),
        (
            Snapshot { ends_after: Some(second(60)), ..pause(second(40)) },
            0,
            Some("the gateway asked for a pause until 15:40:40"),
        ),
        (
            Snapshot { down: false, ..trouble(11, TroubleAnswers { throttled: 1, ..none }) },
            2,
            Some("\"too many requests\" 11 s ago, next try in 4 s; nothing is lost"),
        ),
        (
            Snapshot { down: false, ..trouble(11, TroubleAnswers { throttled: 2, ..none }) },
            2,
            Some("only \"too many requests\" for 11 s, next try in 4 s; nothing is lost"),
        ),
        (
            Snapshot { down: false, ..trouble(11, TroubleAnswers { server_errors: 1, ..none }) },
            2,
            Some("an error from the gateway 11 s ago, next try in 4 s; nothing is lost"),
        ),
        (Snapshot { posting: 1, ..RUNNING }, 1, None),
        (Snapshot { posting: 1, ..RUNNING }, 2, Some("waiting for an answer (--timeout 30 s)")),
        (Snapshot { posting: 16, ..RUNNING }, 2, Some("waiting for 16 answers (--timeout 30 s)")),
        (
            Snapshot { waiting_for_recipients: 4, ..RUNNING },
            2,
            Some("waiting for 1/6s to one recipient"),
        ),
    ];
    let facts = with_hours(Outside::Wait);
    for (snapshot, still, text) in table {
        let blocked = why(&snapshot, for_seconds(still), &facts, at("15:40:00"));
        assert_eq!(blocked.map(|blocked| blocked.text).as_deref(), text, "{snapshot:?}");
    }
}

#[test]
fn the_end_is_said_only_when_it_is_known() {
    let now = at("15:40:00");
    let late = at("17:55:00");
    let max = Facts { ends_at: Some(at("15:41:00")), ..facts() };
    let table = [
        (100, Some(10.0), facts(), now, Some(at("15:40:10"))),
        (100, None, facts(), now, None),
        (100, Some(0.0), facts(), now, None),
        (0, Some(10.0), facts(), now, None),
        (10_000, Some(10.0), max.clone(), now, None),
        (100, Some(10.0), max, now, Some(at("15:40:10"))),
        (100, Some(10.0), with_hours(Outside::Exit), late, Some(at("17:55:10"))),
        (6_000, Some(10.0), with_hours(Outside::Exit), late, None),
        (
            6_000,
            Some(10.0),
            with_hours(Outside::Wait),
            late,
            Some("2026-11-28T09:05:00+03:00".parse().unwrap()),
        ),
    ];
    for (left, rate, facts, now, end) in table {
        assert_eq!(
            done_at(left, rate, Duration::ZERO, &facts, now),
            end,
            "{left} {rate:?} {facts:?}"
        );
    }
}

#[test]
fn the_least_important_parts_are_cut_to_the_width() {
    let slowed = Shown { slowed: Some(2.5), rate: Some(2.4), ..shown() };
    let blocked = |text: &str| {
        let (cause, text) = (Cause::Trouble, text.to_owned());
        Shown { blocked: Some(Blocked { cause, text, until: None, is_long: true }), ..shown() }
    };
    let down = blocked("no connection for 14 s, next try in 4 s; nothing is lost");
    let table = [
        (
            shown(),
            100,
            "█████░░░░░░░░░░░░░░░   73 of 265   10.0/s   done at about 15:42   13 refused",
        ),
        (
            shown(),
            77,
            "█████░░░░░░░░░░░░░░░   73 of 265   10.0/s   done at about 15:42   13 refused",
        ),
        (shown(), 57, "██░░░░░░░░   73 of 265   done at about 15:42   13 refused"),
        (shown(), 40, "████░░░░░░░░░░░   73 of 265   13 refused"),
        (shown(), 20, "██░░░░░░   73 of 265"),
        (shown(), 12, "73 of 265"),
        (shown(), 5, "73 o…"),
        (
            slowed.clone(),
            117,
            "█████░░░░░░░░░░░░░░░   73 of 265   2.4/s   slowed to 2.5/s of 10/s   done at about 15:42   13 refused",
        ),
        (slowed, 77, "73 of 265   slowed to 2.5/s of 10/s   done at about 15:42   13 refused"),
        (
            down.clone(),
            117,
            "█████░░░░░░░░░░░░░░░   73 of 265   no connection for 14 s, next try in 4 s; nothing is lost   13 refused",
        ),
        (
            down.clone(),
            77,
            "█░░░░░   73 of 265   no connection for 14 s, next try in 4 s; nothing is lost",
        ),
        (down.clone(), 57, "73 of 265   no connection for 14 s, next try in 4 s"),
        (down, 40, "73 of 265   no connection for 14 s, nex…"),
    ];
    let now = at("15:40:00");
    for (shown, width, line) in table {
        let found = shown.line(&facts(), now, width, false);
        assert_eq!(found, line, "{width}");
        assert!(found.chars().count() <= width, "{found}");
    }
}

#[test]
fn no_width_is_exceeded() {
    let shown = Shown {
        not_sent: [(13, "refused"), (1_000, "failed"), (7, "unknown"), (20, "held")],
        slowed: Some(1.0),
        ..shown()
    };
    for width in 1..200 {
        let line = shown.line(&facts(), at("15:40:00"), width, false);
        assert!(line.chars().count() <= width, "{width}: {line}");
    }
}

#[test]
fn colours_are_there_when_wanted() {
    let line = shown().line(&facts(), at("15:40:00"), 57, true);
    let coloured = "\u{1b}[32m██░░░░░░░░\u{1b}[0m   73 of 265   done at about 15:42   \u{1b}[31m13 refused\u{1b}[0m";
    assert_eq!(line, coloured);
}

#[test]
fn a_log_has_the_same_words_on_one_line() {
    let now = at("15:40:00");
    let line = shown().plain(&facts(), now);
    assert_eq!(line, "73 of 265 done, 10.0/s, done at about 15:42, 13 refused");
    let slow = Shown { rate: Some(0.16), slowed: Some(0.2), done_at: None, ..shown() };
    let line = slow.plain(&facts(), now);
    assert_eq!(line, "73 of 265 done, 10/min, slowed to 12/min of 10/s, 13 refused");
    let blocked = why(
        &trouble(14, TroubleAnswers { not_connected: 1, ..TroubleAnswers::default() }),
        for_seconds(0),
        &facts(),
        now,
    );
    let line = Shown { blocked, ..shown() }.plain(&facts(), now);
    assert_eq!(
        line,
        "73 of 265 done, 13 refused; no connection for 14 s, next try in 4 s; nothing is lost"
    );
}

#[test]
fn held_messages_are_not_done_and_no_longer_due() {
    let mut progress = Progress::new(Facts { limit: Some(264), ..facts() }, NO_BAR);
    let counts = |left, held, sent| MessageCounts { left, held, sent, ..MessageCounts::default() };
    for (counts, done, total) in
        [(counts(265, 0, 0), 0, 264), (counts(263, 1, 1), 1, 264), (counts(261, 3, 1), 1, 262)]
    {
        let shown = progress.look(&RUNNING, &counts, at("15:40:00"));
        assert_eq!((shown.done, shown.total), (done, total), "{counts:?}");
    }
}

/// The progress after `sent` of 60 messages at 2 a minute, `elapsed` seconds after 15:40.
fn slow_progress(facts: Facts, looks: &[(u64, u64)]) -> (Option<f64>, Option<Timestamp>) {
    let showing = Showing { when: When::Never, every: second(60), quiet: false };
    let mut progress = Progress::new(facts, showing);
    let mut last = (None, None);
    for (elapsed, sent) in looks {
        let snapshot = Snapshot { elapsed: second(*elapsed), allowed: 1.0 / 30.0, ..RUNNING };
        let (left, sent) = (60 - sent, *sent);
        let counts = MessageCounts { left, sent, ..MessageCounts::default() };
        let now = at("15:40:00") + jiff::SignedDuration::from_secs(*elapsed as i64);
        let shown = progress.look(&snapshot, &counts, now);
        last = (shown.rate.map(|rate| rate * 60.0), shown.done_at);
    }
    last
}

#[test]
fn a_slow_run_ends_no_earlier_than_its_rates_allow() {
    let before = MessageCounts { left: 60, ..MessageCounts::default() };
    let rate = "2/m".parse().unwrap();
    let slow = Facts { planned: 60, before, rate, ..facts() };
    let looks = [(0, 0), (1, 1), (5, 1), (29, 1), (30, 2), (40, 2), (60, 3), (90, 4)];
    for n in 1..=looks.len() {
        let (rate, done_at) = slow_progress(slow.clone(), &looks[..n]);
        assert!(rate.is_none_or(|rate| rate <= 2.0), "{rate:?} {:?}", &looks[..n]);
        let (earliest, latest) = (at("16:09:30"), at("16:10:45"));
        let is_right = done_at.is_some_and(|end| earliest <= end && end <= latest);
        assert!(is_right, "{done_at:?} {:?}", &looks[..n]);
    }
    // The messages to one recipient take longer.
    let to_one = Facts { to_one_takes: second(3_600), ..slow };
    assert_eq!(slow_progress(to_one, &looks).1, Some(at("16:40:00")));
}

#[test]
fn refused_messages_do_not_use_the_daily_cap() {
    let showing = Showing { when: When::Never, every: second(60), quiet: false };
    let before = MessageCounts { left: 60, ..MessageCounts::default() };
    let facts = Facts { planned: 6, left_by_cap: 54, before, ..facts() };
    let table = [
        (1, 7, 0, (8, 13)),
        (1, 6, 1, (8, 13)),
        (5, 19, 0, (24, 25)),
        (6, 19, 0, (25, 25)),
        (2, 58, 0, (60, 60)),
    ];
    for (sent, refused, failed, shown) in table {
        let left = 60 - sent - refused - failed;
        let counts = MessageCounts { left, sent, refused, failed, ..MessageCounts::default() };
        let mut progress = Progress::new(facts.clone(), showing);
        let Shown { done, total, .. } = progress.look(&RUNNING, &counts, at("15:40:00"));
        assert_eq!((done, total), shown, "{counts:?}");
    }
}

#[test]
fn the_stopping_line_has_the_messages_in_flight() {
    assert_eq!(stopping(0, true), "lipasend: stopping");
    let line = "lipasend: stopping; still in flight: 2 messages";
    assert_eq!(stopping(2, true), format!("{line} (Ctrl-C again ends at once)"));
    // Nobody has pressed it before.
    assert_eq!(stopping(2, false), line);
    assert!(stopping(400, true).chars().count() <= 80);
}
