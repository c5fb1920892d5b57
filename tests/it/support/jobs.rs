//! Updates by query as a shop asks for them: started, followed to their end.

use serde_json::{Value, json};

use super::{Answer, SiteClient, eventually};

const PATH: &str = "/v1/update_by_query";

impl SiteClient {
    /// Starts an update of products; gives the number of its job.
    pub(crate) async fn start_update(&self, criteria: Value, fields: Value) -> u64 {
        let body = json!({
            "search": {"types": ["product"], "partial": {"fields": criteria}},
            "update": {"fields": fields},
        });
        let answer = self.submit_update(&body).await.status(200).json();
        let url = answer["status_url"].as_str().expect("a status url");
        let number = url.strip_prefix("/v1/update_by_query?job_id=");
        let number = number.and_then(|number| number.parse().ok());
        number.unwrap_or_else(|| panic!("`{url}` names no job"))
    }

    pub(crate) async fn submit_update(&self, body: &Value) -> Answer {
        self.signed("PATCH", PATH, body.to_string()).await
    }

    pub(crate) async fn job(&self, number: u64) -> Answer {
        let target = format!("{PATH}?job_id={number}");
        self.signed("GET", &target, "{}").await
    }

    /// The state of the job once it has ended.
    pub(crate) async fn ended_job(&self, number: u64) -> Value {
        eventually("the end of a job", async || {
            let state = self.job(number).await.status(200).json();
            (state["status"] != "in progress").then_some(state)
        })
        .await
    }

    /// Runs an update of products to its end.
    pub(crate) async fn update(&self, criteria: Value, fields: Value) -> Value {
        let number = self.start_update(criteria, fields).await;
        self.ended_job(number).await
    }
}
