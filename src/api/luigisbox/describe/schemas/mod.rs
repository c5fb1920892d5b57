//! What bodies of this dialect look like.

mod found;
mod reports;
mod sent;

use serde_json::Value;

use crate::api::openapi::schema::whole_from;

pub(crate) fn schemas() -> Vec<(&'static str, Value)> {
    [
        sent::sent(),
        reports::reports(),
        reports::failures(),
        found::found(),
    ]
    .concat()
}

fn count() -> Value {
    whole_from(0)
}
