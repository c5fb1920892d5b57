//! Which data folder, and which sites in it, a command works on.

use std::path::PathBuf;

use super::Failure;
use crate::config::{Backend, Config, Overrides};
use crate::domain::TrackerId;
use crate::engine::embedded::offline::check;

#[derive(clap::Args)]
pub(super) struct DataFolderArgs {
    /// Configuration file that names the data folder
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Data folder, instead of the configured one
    #[arg(long, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
    /// Only this site
    #[arg(long, value_name = "ID")]
    pub(super) site: Option<String>,
}

impl DataFolderArgs {
    /// The configuration, with the data folder that was named beside it.
    pub(super) fn config(&self) -> Result<Config, Failure> {
        let overrides = Overrides {
            data_dir: self.data_dir.clone(),
            ..Overrides::default()
        };
        Ok(Config::load(self.config.as_deref(), overrides)?)
    }

    /// Where the data is; a folder that was named needs no configuration. `in_a_cluster` is what to do where it is in one.
    pub(super) fn data_dir(&self, in_a_cluster: &str) -> Result<PathBuf, Failure> {
        if let Some(data_dir) = &self.data_dir {
            return Ok(data_dir.clone());
        }
        let config = self.config()?;
        match config.backend {
            Backend::Embedded => Ok(config.data_dir),
            Backend::OpenSearch => Err(format!(
                "the catalogs of this configuration are in a cluster, and this works on a data folder (`--data-dir` names \
                 one); {in_a_cluster}"
            )
            .into()),
        }
    }

    pub(super) fn site(&self) -> Result<Option<TrackerId>, Failure> {
        let wrong = |text: &str| format!("`{text}` is no tracker id");
        let site = self.site.as_deref();
        let read = site.map(|text| TrackerId::new(text).ok_or_else(|| wrong(text)));
        Ok(read.transpose()?)
    }

    /// The folder and the site named, or all that are in it; never none.
    pub(super) fn sites(&self, in_a_cluster: &str) -> Result<(PathBuf, Vec<TrackerId>), Failure> {
        let data_dir = self.data_dir(in_a_cluster)?;
        let sites = match self.site()? {
            Some(site) => vec![site],
            None => check::sites(&data_dir)?,
        };
        if sites.is_empty() {
            return Err(format!("no sites in `{}`", data_dir.display()).into());
        }
        Ok((data_dir, sites))
    }
}
