//! The outbox as SQL to run (docs/reference/11-product-sync.md §5): one table, one function, four triggers a
//! table. Invariant: a statement of the shop does one more insert and nothing that search being down could
//! fail.

use std::fmt::Write as _;

use super::catalog::{Trigger, Watched};
use super::statements::{literal, quoted};
use crate::domain::SourceName;

/// What there is once in a database, for all sources.
const OUTBOX: &str = r"create schema if not exists search_sync;

create table if not exists search_sync.outbox (
  seq bigint generated always as identity primary key,
  source text not null,
  rel text not null,
  key text,
  at timestamptz not null default clock_timestamp()
);

create or replace function search_sync.enqueue() returns trigger
language plpgsql security definer set search_path = pg_catalog as $f$
declare
  rel text := tg_table_schema || '.' || tg_table_name;
  ins text := 'insert into search_sync.outbox(source, rel, key) select $1, $2, ';
begin
  if tg_op = 'TRUNCATE' then
    execute ins || 'null' using tg_argv[0], rel;
  elsif tg_op = 'INSERT' then
    execute ins || format('n.%I::text from new_rows n', tg_argv[1]) using tg_argv[0], rel;
  elsif tg_op = 'DELETE' then
    execute ins || format('o.%I::text from old_rows o', tg_argv[1]) using tg_argv[0], rel;
  else
    execute ins || format(
      'k from (select n.%1$I::text from new_rows n union select o.%1$I::text from old_rows o) s(k)',
      tg_argv[1]) using tg_argv[0], rel;
  end if;
  perform pg_notify('search_sync', tg_argv[0]);
  return null;
end $f$;

revoke all on function search_sync.enqueue() from public;
";

/// The statements that note down changes of these tables, and let a role read and delete them. To be
/// run by whoever owns the tables.
pub(in crate::sync) fn install(source: &SourceName, tables: &[Watched], role: &str) -> String {
    let mut sql = OUTBOX.to_owned();
    for watched in tables {
        sql.push('\n');
        for (event, name, transition) in EVENTS {
            let trigger = quoted(&format!("search_sync_{source}_{name}"));
            let table = on(watched);
            let transition = match *transition {
                "" => String::new(),
                rows => format!(" referencing {rows}"),
            };
            let arguments = format!("{}, {}", literal(source.as_str()), literal(&watched.column));
            let _ = write!(
                sql,
                "drop trigger if exists {trigger} on {table};\n\
                 create trigger {trigger} after {event} on {table}{transition}\n  \
                 for each statement execute function search_sync.enqueue({arguments});\n"
            );
        }
    }
    let role = quoted(role);
    let _ = write!(
        sql,
        "\ngrant usage on schema search_sync to {role};\n\
         grant select, delete on search_sync.outbox to {role};\n"
    );
    sql
}

const EVENTS: &[(&str, &str, &str)] = &[
    ("insert", "i", "new table as new_rows"),
    ("update", "u", "old table as old_rows new table as new_rows"),
    ("delete", "d", "old table as old_rows"),
    ("truncate", "t", ""),
];

/// Triggers of one table.
pub(in crate::sync) const TRIGGERS_EACH: usize = EVENTS.len();

/// Takes the triggers of a source away, and the outbox with the last of them.
pub(in crate::sync) fn uninstall(
    source: &SourceName,
    triggers: &[Trigger],
    is_last: bool,
) -> String {
    let mut sql = String::new();
    for trigger in triggers {
        let table = on(&trigger.watched);
        let _ = writeln!(sql, "drop trigger {} on {table};", quoted(&trigger.name));
    }
    if is_last {
        sql.push_str("drop schema if exists search_sync cascade;\n");
    } else {
        let source = literal(source.as_str());
        let _ = writeln!(
            sql,
            "delete from search_sync.outbox where source = {source};"
        );
    }
    sql
}

fn on(watched: &Watched) -> String {
    format!("{}.{}", quoted(&watched.schema), quoted(&watched.table))
}
