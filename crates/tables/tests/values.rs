//! Numbers, dates, guesses and profiles from the texts that people write.

#![allow(clippy::unwrap_used)]

use tables::parse::{
    ColumnType, DateError, DateOrder, DecimalMark, Guess, NumberError, date_time, epoch, excel_serial,
    guess_date_order, guess_decimal_mark, number, profile,
};

fn by_point(text: &str) -> String {
    number(text, DecimalMark::Point).map_or_else(|error| error.to_string(), |decimal| decimal.to_string())
}

fn by_comma(text: &str) -> String {
    number(text, DecimalMark::Comma).map_or_else(|error| error.to_string(), |decimal| decimal.to_string())
}

fn day_first(text: &str) -> String {
    date_time(text, DateOrder::DayMonthYear)
        .map_or_else(|error| error.to_string(), |moment| moment.date_time.to_string())
}

#[test]
fn numbers_are_read_as_people_write_them() {
    for text in [
        "1234.56",
        "1,234.56",
        "1 234.56",
        "1'234.56",
        "1\u{202F}234.56",
        "$1,234.56",
        "1234.56 USD",
        "+1234.56",
    ] {
        assert_eq!(by_point(text), "1234.56", "{text}");
    }
    for text in ["1234,56", "1.234,56", "1 234,56", "€ 1.234,56", "1.234,56 €", "CHF 1'234,56", "1.234,56 kr"]
    {
        assert_eq!(by_comma(text), "1234.56", "{text}");
    }
    for text in ["(12.30)", "-12.30", "12.30-", "-€12.30", "€-12.30", "−12.30", "(€12.30)"] {
        assert_eq!(by_point(text), "-12.30", "{text}");
    }
    assert_eq!(by_point("12,34,567.5"), "1234567.5");
    assert_eq!(by_point("1.5E+3"), "1500");
    assert_eq!(by_point(".5"), "0.5");
    assert_eq!(by_point("-0.05"), "-0.05");
}

#[test]
fn what_is_no_number_is_refused_with_a_reason() {
    assert_eq!(number("1,5", DecimalMark::Point), Err(NumberError::Grouping));
    assert_eq!(number("1.5", DecimalMark::Comma), Err(NumberError::Grouping));
    assert_eq!(number("1.2.3", DecimalMark::Point), Err(NumberError::TwoDecimalMarks));
    assert_eq!(number("1,234 567.5", DecimalMark::Point), Err(NumberError::Grouping));
    assert_eq!(number("  ", DecimalMark::Point), Err(NumberError::Empty));
    assert_eq!(number("99999999999999999999", DecimalMark::Point), Err(NumberError::TooLong));
    for text in ["abc", "-", "€", "12a", "--5", "1-2", "2024-01-31", "NaN", "inf", "(-5)", "USD", "1e99"] {
        assert!(number(text, DecimalMark::Point).is_err(), "{text}");
    }
}

#[test]
fn numbers_change_scale_only_without_loss() {
    let price = number("12.300", DecimalMark::Point).unwrap();
    assert_eq!((price.at_scale(2), price.at_scale(1), price.at_scale(0)), (Some(1230), Some(123), None));
    assert_eq!(price.normalized().scale, 1);
}

#[test]
fn dates_are_read_in_their_many_forms() {
    for text in [
        "2024-01-31",
        "31.01.2024",
        "31/1/2024",
        "31-01-24",
        "20240131",
        "2024/01/31",
        "31 Jan 2024",
        "31. Januar 2024",
        "Jan 31, 2024",
        "January 31st 2024",
        "Wed, 31 Jan 2024",
        "31 janvier 2024",
        "31 de enero de 2024",
        "31 gennaio 2024",
        "31 januari 2024",
        "31-Jan-24",
        "31Jan2024",
        "2024 Jan 31",
    ] {
        assert_eq!(day_first(text), "2024-01-31T00:00:00", "{text}");
    }
    for text in [
        "2024-01-31 17:30",
        "2024-01-31T17:30:00",
        "31.01.2024 17:30 Uhr",
        "31/01/2024 5:30 PM",
        "31/01/2024, 5:30:00 p.m.",
        "20240131173000",
        "2024-01-31T17:30:00Z",
        "2024-01-31 17:30:00 +02:00",
    ] {
        assert_eq!(day_first(text), "2024-01-31T17:30:00", "{text}");
    }
    let moment = date_time("2024-01-31T17:30:00.250-0530", DateOrder::DayMonthYear).unwrap();
    assert_eq!(moment.offset_seconds, Some(-19_800));
    assert_eq!(moment.date_time.subsec_nanosecond(), 250_000_000);
    assert_eq!(
        date_time("01/31/2024", DateOrder::MonthDayYear).unwrap().date_time.to_string(),
        "2024-01-31T00:00:00"
    );
    assert_eq!(date_time("12:30 AM", DateOrder::DayMonthYear), Err(DateError::NotADate));
    assert_eq!(day_first("31.12.99 12:05 AM"), "1999-12-31T00:05:00");
}

#[test]
fn impossible_dates_are_refused_with_the_reason() {
    assert_eq!(day_first("31.02.2024"), "2024-02 has no day 31");
    assert_eq!(day_first("2023-02-29"), "2023-02 has no day 29");
    assert_eq!(day_first("01/31/2024"), "there is no month 31; does the day stand before the month?");
    assert_eq!(day_first("2024-01-31 25:00"), "“25:00” is no time of day");
    assert_eq!(day_first("31.01.2024 13:00 PM"), "“13:00 PM” is no time of day");
    for text in
        ["", "yesterday", "1", "31.01.204", "1.2.3.4", "2024-13", "31 Foo 2024", "2024-01-31 10:00 Mars time"]
    {
        assert!(date_time(text, DateOrder::DayMonthYear).is_err(), "{text}");
    }
}

#[test]
fn serial_days_and_epochs_are_read_when_asked() {
    assert_eq!(excel_serial("45322").unwrap().date_time.to_string(), "2024-01-31T00:00:00");
    assert_eq!(excel_serial("45322.75").unwrap().date_time.to_string(), "2024-01-31T18:00:00");
    assert!(excel_serial("60").is_err());
    assert_eq!(epoch("1706722200").unwrap().date_time.to_string(), "2024-01-31T17:30:00");
    assert_eq!(epoch("1706722200000").unwrap().date_time.to_string(), "2024-01-31T17:30:00");
}

#[test]
fn the_order_of_day_and_month_is_decided_only_by_evidence() {
    let decided = guess_date_order(["01/02/2024", "13/02/2024"]);
    assert!(matches!(decided, Guess::Decided { value: DateOrder::DayMonthYear, .. }), "{decided:?}");
    let american = guess_date_order(["01/02/2024", "02/13/2024"]);
    assert!(matches!(american, Guess::Decided { value: DateOrder::MonthDayYear, .. }), "{american:?}");
    let open = guess_date_order(["01/02/2024", "03/04/2024"]);
    assert!(matches!(open, Guess::Ambiguous { .. }), "{open:?}");
    let mixed = guess_date_order(["31/01/2024", "01/31/2024", "30/01/2024"]);
    assert!(matches!(mixed, Guess::Mixed { likely: DateOrder::DayMonthYear, .. }), "{mixed:?}");
    assert_eq!(guess_date_order(["", "x"]), Guess::Nothing);
}

#[test]
fn dates_of_whole_months_are_read_by_the_place_that_is_always_1() {
    let months = |form: fn(u32, u32) -> String| -> Guess<DateOrder> {
        let dates: Vec<String> =
            (1950..2010).flat_map(|year| (1..=12).map(move |month| form(year, month))).collect();
        guess_date_order(dates.iter().map(String::as_str))
    };
    for form in [|y, m| format!("01.{m:02}.{y}"), |y, m| format!("1/{m}/{y}")] {
        let found = months(form);
        assert!(matches!(found, Guess::Decided { value: DateOrder::DayMonthYear, .. }), "{found:?}");
    }
    let american = months(|y, m| format!("{m}/1/{y}"));
    assert!(matches!(american, Guess::Decided { value: DateOrder::MonthDayYear, .. }), "{american:?}");
    let one_january: Vec<String> = (1..=12).map(|day| format!("01/{day:02}/2024")).collect();
    let open = guess_date_order(one_january.iter().map(String::as_str));
    assert!(matches!(open, Guess::Ambiguous { .. }), "{open:?}");
}

#[test]
fn the_decimal_mark_is_decided_only_by_evidence() {
    let comma = guess_decimal_mark(["1.234", "5,50", "7"]);
    assert!(matches!(comma, Guess::Decided { value: DecimalMark::Comma, .. }), "{comma:?}");
    let open = guess_decimal_mark(["1.234", "2.500"]);
    assert!(matches!(open, Guess::Ambiguous { .. }), "{open:?}");
    let mixed = guess_decimal_mark(["1.25", "2,5", "1.75"]);
    assert!(matches!(mixed, Guess::Mixed { likely: DecimalMark::Point, .. }), "{mixed:?}");
}

#[test]
fn columns_are_profiled_by_nearly_all_of_their_cells() {
    let kind = |cells: &[&str]| profile(cells.iter().copied()).kind;
    assert_eq!(kind(&["1", "2", "", "-3"]), ColumnType::Integer);
    assert_eq!(kind(&["1.5", "2", "€3,10"]), ColumnType::Decimal);
    assert_eq!(kind(&["31.01.2024", "2024-02-01"]), ColumnType::Date);
    assert_eq!(kind(&["a@b.example", "c@d.example"]), ColumnType::EmailLike);
    assert_eq!(kind(&["+49 30 123456", "030/1234567"]), ColumnType::PhoneLike);
    assert_eq!(kind(&["yes", "no"]), ColumnType::Boolean);
    assert_eq!(kind(&["01067", "80331"]), ColumnType::Text);
    assert_eq!(kind(&["", ""]), ColumnType::Empty);
    let half = profile(["", "Ada", "Ada", "Grace"]);
    assert_eq!((half.empty_share(), half.n_distinct), (0.25, 2));
}
