//! The clock, read at the edge and nowhere else.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::failure::Failure;

/// The time now. Used to check the validity of keys: no environment variable can move it.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The time that stands in what is made: `SOURCE_DATE_EPOCH` when it is set, else now, cut to
/// whole seconds.
///
/// See the Reproducible Builds specification, `SOURCE_DATE_EPOCH`, version 1.1.
pub(crate) fn build_time() -> Result<Timestamp, Failure> {
    let seconds = match std::env::var("SOURCE_DATE_EPOCH") {
        Err(_) => now().as_second(),
        Ok(text) => text.trim().parse().map_err(|_| bad_epoch(&text))?,
    };
    // Before 1970 there were no packages, and a name has no room for years before 0.
    let time = Timestamp::from_second(seconds).ok().filter(|time| *time >= Timestamp::UNIX_EPOCH);
    time.ok_or_else(|| bad_epoch(&seconds.to_string()))
}

/// The instant at which a day begins, UTC.
pub(crate) fn midnight(date: Date) -> Result<Timestamp, Failure> {
    date.to_zoned(TimeZone::UTC)
        .map(|zoned| zoned.timestamp())
        .map_err(|error| Failure::usage(format!("the date {date} is out of range: {error}")))
}

/// The day of an instant, UTC.
pub(crate) fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// The instant `days` days of 24 hours after `time`.
pub(crate) fn days_after(time: Timestamp, days: u32) -> Result<Timestamp, Failure> {
    let span = SignedDuration::from_hours(i64::from(days) * 24);
    time.checked_add(span)
        .map_err(|error| Failure::usage(format!("{days} days are too many: {error}")))
}

fn bad_epoch(found: &str) -> Failure {
    Failure::usage(format!("SOURCE_DATE_EPOCH is {found:?}, expected seconds since 1970"))
        .with_hint("unset it, or set it to the output of `date +%s`")
}
