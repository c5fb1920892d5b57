//! XLSX. Invariants: cells come one after the other, never as a table, whose corners a file may say to be anywhere; and
//! nothing is handed to the library that unfolds to more than an [`Archive`] gives.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::super::Reason;
use super::super::text::Text;
use super::archive::Archive;
use super::{About, properties};

pub(super) fn read(
    bytes: &[u8],
    archive: &mut Archive<'_>,
    text: &mut Text,
) -> Result<About, Reason> {
    // What the library reads: not pictures and the like.
    archive.unfold(|name| {
        let extension = name.rsplit('.').next().unwrap_or_default();
        ["xml", "rels"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })?;
    let about = properties::read(archive, "docProps/core.xml");
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|error| reason_of(&error))?;
    let sheets: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    for name in sheets {
        if text.is_full() {
            break;
        }
        text.paragraph();
        text.push(&name);
        text.line();
        sheet(&mut workbook, &name, text)?;
    }
    Ok(about)
}

fn sheet(workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str, text: &mut Text) -> Result<(), Reason> {
    let cells = workbook.worksheet_cells_reader(name);
    let mut cells = cells.map_err(|error| reason_of(&error))?;
    let mut row = None;
    while let Some(cell) = cells.next_cell().map_err(|error| reason_of(&error))? {
        let (own_row, _) = cell.get_position();
        if row.replace(own_row) != Some(own_row) {
            text.line();
        }
        text.space();
        value(cell.get_value(), text);
        if text.is_full() {
            break;
        }
    }
    Ok(())
}

fn value(value: &DataRef<'_>, text: &mut Text) {
    match value {
        DataRef::Int(number) => text.push(&number.to_string()),
        DataRef::Float(number) => text.push(&shown(*number)),
        DataRef::String(words) | DataRef::DateTimeIso(words) | DataRef::DurationIso(words) => {
            text.push(words);
        }
        DataRef::SharedString(words) => text.push(words),
        DataRef::Bool(is_true) => text.push(if *is_true { "TRUE" } else { "FALSE" }),
        DataRef::DateTime(moment) => text.push(&date(*moment)),
        DataRef::Error(_) | DataRef::Empty => {}
    }
}

/// As people write numbers.
fn shown(number: f64) -> String {
    /// What a sheet shows with an exponent.
    const LARGE: f64 = 1e15;
    /// Sheets show as many; what is behind is how computers count.
    const DIGITS: usize = 10;
    if number.abs() >= LARGE {
        return format!("{number:e}");
    }
    let digits = format!("{number:.DIGITS$}");
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    if digits == "-0" {
        "0".to_owned()
    } else {
        digits.to_owned()
    }
}

fn date(moment: ExcelDateTime) -> String {
    if moment.is_duration() {
        let seconds = (moment.as_f64() * 86_400.0).round() as i64;
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        return format!("{hours}:{:02}:{:02}", minutes.abs(), seconds.abs());
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let time = if second > 0 {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{hour:02}:{minute:02}")
    };
    let (whole, is_of_day) = (moment.as_f64().trunc(), moment.as_f64().fract() != 0.0);
    if whole == 0.0 {
        return time;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if is_of_day {
        format!("{date} {time}")
    } else {
        date
    }
}

fn reason_of(error: &XlsxError) -> Reason {
    match error {
        XlsxError::Password => Reason::Encrypted,
        other => Reason::damaged(other),
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn numbers_are_written_as_people_do() {
        for (number, words) in [
            (12.0, "12"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (1234.5, "1234.5"),
            (1e-12, "0"),
            (1e300, "1e300"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(shown(number), words);
        }
    }

    #[test]
    fn dates_are_written_as_dates() {
        let moment = |value| ExcelDateTime::new(value, ExcelDateTimeType::DateTime, false);
        assert_eq!(date(moment(46095.0)), "2026-03-14");
        assert_eq!(date(moment(46095.5)), "2026-03-14 12:00");
        assert_eq!(date(moment(0.25)), "06:00");
        let duration = ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(date(duration), "36:00:00");
    }
}
