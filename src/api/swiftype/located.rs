//! Engines and document types by the names clients use: slug or id (docs/reference/10-swiftype.md §1, §7).
//! Invariant: what is found here, the caller's key opens.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::call::Call;
use super::error::Error;
use crate::api::AppState;
use crate::domain::{
    self, DocumentPlace, EngineNumber, FacetKind, FacetRequest, ObjectType, Schema, SearchQuery,
    Site, StampedId, TrackerId, slug,
};
use crate::engine::{EngineCard, EngineError, WrittenType};
use crate::http::request_log::name_site;
use crate::throttle::Group;

/// Most document types of a catalog that are not declared here and still listed.
const OTHER_TYPES_MAX: usize = FacetRequest::VALUES_MAX;

/// An engine as it says who it is.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) site: Arc<Site>,
    pub(super) card: EngineCard,
    pub(super) number: EngineNumber,
}

#[derive(Clone, Debug)]
pub(super) struct Engine {
    listed: Listed,
    pub(super) schema: Arc<Schema>,
}

impl Deref for Engine {
    type Target = Listed;

    fn deref(&self) -> &Listed {
        &self.listed
    }
}

impl Listed {
    pub(super) fn tracker_id(&self) -> &TrackerId {
        &self.site.tracker_id
    }

    pub(super) fn id(&self) -> StampedId {
        StampedId::new(self.card.created_at, self.number, 0)
    }

    pub(super) fn slug(&self) -> String {
        slug(self.tracker_id().as_str())
    }

    pub(super) fn name(&self) -> String {
        let made = self.card.name.clone();
        made.unwrap_or_else(|| self.tracker_id().to_string())
    }

    fn is_called(&self, name: &str) -> bool {
        self.tracker_id().as_str() == name || self.slug() == name || self.id().to_string() == name
    }
}

/// A document type: one that was declared, or a type of objects that came through another API.
#[derive(Clone, Debug)]
pub(super) struct DocumentType {
    pub(super) engine: Engine,
    pub(super) object_type: ObjectType,
}

impl DocumentType {
    pub(super) fn declared(&self) -> Option<&domain::DocumentType> {
        self.engine.schema.document_types().get(&self.object_type)
    }

    /// Whether there were objects of it, written through another API, before anything was declared.
    pub(super) fn is_of_shop(&self) -> bool {
        self.created_at() == self.engine.card.created_at
    }

    pub(super) fn created_at(&self) -> domain::Timestamp {
        self.declared()
            .map_or(self.engine.card.created_at, |declared| declared.created_at)
    }

    pub(super) fn id(&self) -> StampedId {
        let name = self.object_type.as_str();
        StampedId::named(self.created_at(), self.engine.number, name)
    }

    pub(super) fn slug(&self) -> String {
        slug(self.object_type.as_str())
    }

    pub(super) fn name(&self) -> String {
        let declared = self.declared().map(|declared| declared.name.clone());
        declared.unwrap_or_else(|| self.object_type.to_string())
    }

    pub(super) fn document_id(&self, place: DocumentPlace) -> StampedId {
        StampedId::new(place.created_at, self.engine.number, place.first_seen)
    }

    fn is_called(&self, name: &str) -> bool {
        self.object_type.as_str() == name || self.slug() == name || self.id().to_string() == name
    }
}

/// A document type that documents are written to, and may be made by that.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    pub(super) document_type: DocumentType,
    /// What it is called once it is made; `None` where it is there.
    made_as: Option<String>,
}

impl Destination {
    pub(super) fn written(&self) -> WrittenType {
        WrittenType {
            object_type: self.document_type.object_type.clone(),
            made_as: self.made_as.clone(),
        }
    }

    pub(super) fn not_found(&self) -> Error {
        let name = self.made_as.clone();
        Error::NotFound(name.unwrap_or_else(|| self.document_type.slug()))
    }
}

impl From<DocumentType> for Destination {
    fn from(document_type: DocumentType) -> Self {
        Self {
            document_type,
            made_as: None,
        }
    }
}

impl Call {
    /// Every engine the key opens, by slug. One that cannot be served now is left out.
    pub(super) async fn engines(&self) -> Result<Vec<Listed>, Error> {
        let mut engines = Vec::new();
        for site in sites(&self.app).await? {
            if self.reach.includes(&site.tracker_id) {
                engines.extend(self.look_at(site).await.ok());
            }
        }
        engines.sort_by_cached_key(Listed::slug);
        Ok(engines)
    }

    /// The engine of this slug or id, once its clients may ask for more.
    pub(super) async fn engine(&self, name: &str) -> Result<Engine, Error> {
        let engine = self.find_engine(name).await?;
        if !self.reach.includes(engine.tracker_id()) {
            return Err(Error::Denied);
        }
        name_site(engine.tracker_id());
        self.admit(engine.tracker_id(), Group::Content)?;
        Ok(engine)
    }

    pub(super) async fn find_engine(&self, name: &str) -> Result<Engine, Error> {
        if let Some(site) = self.app.site_named(name).await? {
            return Ok(self.open(self.look_at(site).await?).await?);
        }
        for site in sites(&self.app).await? {
            if let Ok(listed) = self.look_at(site).await
                && listed.is_called(name)
            {
                return Ok(self.open(listed).await?);
            }
        }
        Err(Error::NotFound(name.to_owned()))
    }

    async fn look_at(&self, site: Arc<Site>) -> Result<Listed, EngineError> {
        Ok(Listed {
            card: self.documents.card(&site.tracker_id).await?,
            number: EngineNumber::of(&site.tracker_id),
            site,
        })
    }

    /// The engine with what was declared in it.
    pub(super) async fn open(&self, listed: Listed) -> Result<Engine, EngineError> {
        Ok(Engine {
            schema: self.documents.schema(listed.tracker_id()).await?,
            listed,
        })
    }

    pub(super) fn admit(&self, site: &TrackerId, group: Group) -> Result<(), Error> {
        self.counted
            .once(|| self.app.admit(group, site, self.client))
    }

    /// The document type of this slug or id, else the one whose slug a type of this name has.
    pub(super) async fn document_type(
        &self,
        engine: Engine,
        name: &str,
    ) -> Result<DocumentType, Error> {
        let slug = slug(name);
        match self.type_called(engine.clone(), name).await {
            Err(Error::NotFound(_)) if slug != name => {
                let found = self.type_called(engine, &slug).await;
                found.map_err(|error| match error {
                    Error::NotFound(_) => Error::NotFound(name.to_owned()),
                    error => error,
                })
            }
            found => found,
        }
    }

    async fn type_called(&self, engine: Engine, name: &str) -> Result<DocumentType, Error> {
        let declared = engine.schema.document_types().iter();
        let declared = declared.map(|known| known.object_type.clone());
        let mut declared = declared.map(|object_type| DocumentType {
            engine: engine.clone(),
            object_type,
        });
        if let Some(found) = declared.find(|known| known.is_called(name)) {
            return Ok(found);
        }
        let others = self.other_types(&engine).await?;
        let mut others = others.into_iter();
        let found = others.find(|other| other.is_called(name));
        found.ok_or_else(|| Error::NotFound(name.to_owned()))
    }

    /// Declared document types in order of creation, then the others.
    pub(super) async fn document_types(&self, engine: &Engine) -> Result<Vec<DocumentType>, Error> {
        let declared = engine.schema.document_types().iter();
        let declared = declared.map(|known| DocumentType {
            engine: engine.clone(),
            object_type: known.object_type.clone(),
        });
        let mut types: Vec<DocumentType> = declared.collect();
        types.extend(self.other_types(engine).await?);
        Ok(types)
    }

    /// Types of objects that were written through another API, as far as searches see them.
    async fn other_types(&self, engine: &Engine) -> Result<Vec<DocumentType>, Error> {
        let counted = SearchQuery {
            facets: FacetRequest::new("type", OTHER_TYPES_MAX)
                .into_iter()
                .collect(),
            ..SearchQuery::everything(self.app.clock.now())
        };
        let results = self
            .app
            .engine
            .search
            .search(engine.tracker_id(), counted)
            .await?;
        let buckets = results
            .facets
            .into_iter()
            .flat_map(|facet| match facet.kind {
                FacetKind::Text(buckets) => buckets,
                _ => Vec::new(),
            });
        let declared = engine.schema.document_types();
        Ok(buckets
            .filter_map(|bucket| ObjectType::new(&bucket.value).ok())
            .filter(|object_type| declared.get(object_type).is_none())
            .map(|object_type| DocumentType {
                engine: engine.clone(),
                object_type,
            })
            .collect())
    }

    /// The document type, declared if it was not: somebody is about to write to it.
    pub(super) async fn written_type(
        &self,
        engine: &str,
        name: &str,
    ) -> Result<DocumentType, Error> {
        let engine = self.engine(engine).await?;
        let found = self.document_type(engine, name).await?;
        if found.declared().is_none() {
            let (site, object_type) = (found.engine.tracker_id(), found.object_type.clone());
            let created = self.documents.create_document_type(
                site,
                object_type,
                found.name(),
                Some(found.created_at()),
            );
            self.app.in_time(created).await?;
            let engine = self.find_engine(site.as_str()).await?;
            return self.document_type(engine, found.object_type.as_str()).await;
        }
        Ok(found)
    }

    /// The document type, or the one that the documents of this request make if one of them is accepted
    /// (docs/reference/10-swiftype.md §5).
    pub(super) async fn made_type(&self, engine: &str, name: &str) -> Result<Destination, Error> {
        let not_found = match self.written_type(engine, name).await {
            Ok(found) => return Ok(found.into()),
            Err(Error::NotFound(not_found)) => not_found,
            Err(error) => return Err(error),
        };
        // An engine that is not there ends here too.
        let engine = self.find_engine(engine).await?;
        let makes_types = self.app.sites.load().create_document_types;
        // The id of a type that was deleted names no new one.
        let may_be_name = StampedId::parse(name).is_none();
        let object_type = ObjectType::new(&slug(name))
            .ok()
            .filter(|_| makes_types && may_be_name)
            .ok_or(Error::NotFound(not_found))?;
        Error::refuse_types_beyond_max(engine.schema.document_types())?;
        Ok(Destination {
            document_type: DocumentType {
                engine,
                object_type,
            },
            made_as: Some(name.to_owned()),
        })
    }

    /// Does a write to its end with the room that its documents take, also when nobody waits for it any more.
    pub(super) async fn to_its_end<T: Send + 'static>(
        &self,
        write: impl Future<Output = Result<T, EngineError>> + Send + 'static,
    ) -> Result<T, Error> {
        let done = self.room.clone().through(write);
        let limit = Duration::from_millis(self.app.limits.write_timeout_ms);
        match tokio::time::timeout(limit, done).await {
            Ok(done) => Ok(done??),
            Err(_) => Err(self.app.late_write().into()),
        }
    }
}

/// Every site that is served, whoever made it.
pub(super) async fn sites(app: &AppState) -> Result<Vec<Arc<Site>>, EngineError> {
    let mut sites: Vec<Arc<Site>> = app.sites.load().by_id.values().cloned().collect();
    let made = match &app.engine.documents {
        Some(documents) => documents.made_sites().await?,
        None => Vec::new(),
    };
    for made in made {
        if !sites.iter().any(|site| site.tracker_id == made.tracker_id) {
            sites.push(Arc::new(made));
        }
    }
    sites.sort_by(|a, b| a.tracker_id.cmp(&b.tracker_id));
    Ok(sites)
}
