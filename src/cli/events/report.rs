//! `vetrina events report`: what shoppers searched for in vain. Reads the data folder and changes nothing; may be
//! run beside a server.

use crate::cli::Failure;
use crate::cli::data_folder::DataFolderArgs;
use crate::cli::output::print_lines;
use crate::domain::{Clock, Group, GroupKind, ItemCounts};
use crate::engine::ReportedQuery;
use crate::engine::embedded::offline::queries;

const IN_A_CLUSTER: &str =
    "the catalog browser (`/browse`) has these figures on the page of what goes on at a site";

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    folder: DataFolderArgs,

    /// Queries of each kind
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let (data_dir, sites) = args.folder.sites(IN_A_CLUSTER)?;
    let now = Clock::system().now();
    for site in sites {
        let report = queries::query_report(&data_dir, &site, now, usize::from(args.limit))?;
        let mut lines = vec![format!("{site}: queries of the last 30 days")];
        lines.extend(listed("found nothing", &report.without_results));
        lines.extend(listed("nothing was clicked", &report.without_clicks));
        lines.extend(
            report
                .groups
                .iter()
                .map(|(group, counts)| told(group, counts)),
        );
        print_lines(lines)?;
    }
    Ok(())
}

fn listed(what: &str, queries: &[ReportedQuery]) -> Vec<String> {
    let mut lines = vec![format!("  {what}: {}", queries.len())];
    lines.extend(queries.iter().map(|query| {
        let ReportedQuery {
            title,
            searches,
            empty,
        } = query;
        format!("    {title:?}: searches {searches}, of them without results {empty}")
    }));
    lines
}

fn told(group: &Group, counts: &ItemCounts) -> String {
    let what = match group.kind {
        GroupKind::SessionVariant => "visits of variant",
        GroupKind::ListVariant => "lists of variant",
        GroupKind::Context => "visits in context",
    };
    let ItemCounts {
        shown,
        clicks,
        conversions,
        transactions,
        ..
    } = counts;
    let name = group.name.as_str();
    format!(
        "  {what} {name:?}: lists {shown}, clicks {clicks}, conversions {conversions}, bought {transactions}"
    )
}
